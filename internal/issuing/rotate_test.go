package issuing_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/licet/licet/internal/clock"
	"github.com/licet/licet/internal/document"
	"github.com/licet/licet/internal/document/keys"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/issuing"
	"github.com/licet/licet/internal/issuing/issuingtest"
	"github.com/licet/licet/internal/settings"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
	"github.com/licet/licet/internal/vault"
)

// published are the ids of the keys in jwks.json.
func (h *house) published() map[string]bool {
	h.t.Helper()
	set, err := h.PublicKeys(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	ids := map[string]bool{}
	for _, k := range set.Keys {
		ids[k.Kid] = true
	}
	return ids
}

func (h *house) newKey(keyType string) *entity.Resource {
	h.t.Helper()
	r, err := h.InsertResource(h.t.Context(), sent(entity.Resource{Type: keyType}, "type"))
	if err != nil {
		h.t.Fatal(err)
	}
	return r
}

// resource reads a row of the books.
func (h *house) resource(id int64) *entity.Resource {
	h.t.Helper()
	r, err := store.Get[entity.Resource](h.t.Context(), h.store.Read(), id)
	if err != nil {
		h.t.Fatal(err)
	}
	return r
}

// own is the server's own key of a type; there must be exactly one.
func (h *house) own(keyType string) *entity.Resource {
	h.t.Helper()
	var rows []entity.Resource
	if err := h.store.Read().NewSelect().Model(&rows).Where("is_default").Where("type = ?", keyType).Scan(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
	if len(rows) != 1 {
		h.t.Fatalf("the server has %d keys of its own of type %s", len(rows), keyType)
	}
	return &rows[0]
}

// otherNode is a second service on the same books, with memories of its own.
func (h *house) otherNode() *house {
	other := *h
	other.Service = issuing.New(h.store, issuingtest.Vault(h.t), settings.DefaultLicensing, clock.NewFake(testStart))
	return &other
}

func signer(t testing.TB, lic *entity.License, known []keys.Public) string {
	t.Helper()
	v, err := document.Verify(lic.LicenseKey, known...)
	if err != nil {
		t.Fatal(err)
	}
	return v.KeyID
}

func TestANewKeySignsAndTheOldOneStillVerifies(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		other := h.otherNode()
		for format, keyType := range map[entity.Format]string{entity.FormatJWS: entity.ResourceEd25519, entity.FormatXMLDSig: entity.ResourceRSA} {
			before := h.own(keyType)
			old := h.insert(entity.License{Format: format}, "format")
			other.insert(entity.License{Format: format}, "format") // so that it knows the key
			next := h.newKey(keyType)
			if err := h.SetDefault(t.Context(), next.ID); err != nil {
				t.Fatal(err)
			}
			if own := h.own(keyType); own.ID != next.ID {
				t.Errorf("the server's own key is %d, want %d", own.ID, next.ID)
			}
			for _, node := range []*house{h, other} {
				if id := signer(t, node.insert(entity.License{Format: format}, "format"), h.public()); id != next.KeyID {
					t.Errorf("format %d is signed by %s, want the new key %s", format, id, next.KeyID)
				}
			}
			if id := signer(t, old, h.public()); id != before.KeyID || !h.published()[id] {
				t.Errorf("the old document is signed by %s, published: %v", id, h.published())
			}
			_, err := document.Verify(old.LicenseKey, func() (known []keys.Public) {
				for _, k := range h.public() {
					if k.ID() != before.KeyID {
						known = append(known, k)
					}
				}
				return known
			}()...)
			if !errors.Is(err, document.ErrUnknownKey) || !strings.Contains(err.Error(), before.KeyID) {
				t.Errorf("without the old key: %v", err)
			}
			h.newKeyIsDeletable(before)
		}
	})
}

// newKeyIsDeletable: a key that is no longer the server's own can go.
func (h *house) newKeyIsDeletable(r *entity.Resource) {
	h.t.Helper()
	if err := h.DeleteResource(h.t.Context(), r.ID); err != nil {
		h.t.Error(err)
	}
	if h.published()[r.KeyID] {
		h.t.Error("a deleted key is published")
	}
}

func TestARevokedKeySignsNothingOnAnyNode(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		other := h.otherNode()
		key := h.newKey(entity.ResourceEd25519)
		named := entity.License{SignatureKeysID: &key.ID, LicensingMode: entity.Activation}
		members := []string{"signatureKeysId", "licensingMode"}
		lic := other.insert(named, members...) // other has it in memory
		tpl, err := h.InsertTemplate(t.Context(), sent(entity.LicenseTemplate{Name: "T", SignatureKeysID: &key.ID}, "name", "signatureKeysId"))
		if err != nil {
			t.Fatal(err)
		}
		twin := h.importAgain(key)
		for range 2 { // twice is once
			if err := h.RevokeKey(t.Context(), key.ID); err != nil {
				t.Fatal(err)
			}
		}
		if h.published()[key.KeyID] {
			t.Error("a revoked key is published")
		}
		if h.resource(key.ID).RevokedAt.IsZero() || h.resource(twin.ID).RevokedAt.IsZero() {
			t.Error("it is not marked, or not in both of its resources")
		}
		refused := func(what string, err error) {
			t.Helper()
			if !fault.IsKind(err, fault.Conflict) || !strings.Contains(err.Error(), key.KeyID) {
				t.Errorf("%s: got %v, want a Conflict naming %s", what, err, key.KeyID)
			}
		}
		for _, node := range []*house{h, other} {
			_, err := node.InsertLicense(t.Context(), sent(named, members...))
			refused("named on the license", err)
			_, err = node.InsertLicense(t.Context(), sent(entity.License{SignatureKeysID: &twin.ID}, "signatureKeysId"))
			refused("named by its twin", err)
			_, err = node.InsertLicense(t.Context(), sent(entity.License{TemplateID: &tpl.ID}, "templateId"))
			refused("named on the template", err)
			_, err = node.NodeLock(t.Context(), lic.ID, "m")
			refused("activation", err)
			_, err = node.InsertTemplate(t.Context(), sent(entity.LicenseTemplate{Name: "U", SignatureKeysID: &key.ID}, "name", "signatureKeysId"))
			refused("a new template", err)
			refused("made the server's own", node.SetDefault(t.Context(), key.ID))
		}
		_, err = h.InsertResource(t.Context(), sent(entity.Resource{Type: key.Type, Data: h.privatePEM(key), DataFormat: "PEM"}, "type", "data", "dataFormat"))
		refused("imported again", err)
		if err := h.DeleteResource(t.Context(), twin.ID); !fault.IsKind(err, fault.Conflict) {
			t.Errorf("deleting it, which would forget that it is revoked: %v", err)
		}
		renamed := *h.resource(key.ID)
		renamed.Name, renamed.RevokedAt = "renamed", entity.Time{}
		if _, err := h.UpdateResource(t.Context(), sent(renamed, "name", "revokedAt")); err != nil || h.resource(key.ID).RevokedAt.IsZero() {
			t.Errorf("an update took the revocation back: %v", err)
		}
		h.insert(entity.License{}) // the server's own key is untouched
	})
}

// privatePEM opens a signing key as only the server can.
func (h *house) privatePEM(r *entity.Resource) string {
	h.t.Helper()
	der, err := issuingtest.Vault(h.t).Open(h.resource(r.ID).Sealed, "resource "+r.KeyID)
	if err != nil {
		h.t.Fatal(err)
	}
	return pemOf(der)
}

// importAgain adds the same key as another resource.
func (h *house) importAgain(r *entity.Resource) *entity.Resource {
	h.t.Helper()
	twin, err := h.InsertResource(h.t.Context(), sent(entity.Resource{Type: r.Type, Data: h.privatePEM(r), DataFormat: "PEM"}, "type", "data", "dataFormat"))
	if err != nil || twin.KeyID != r.KeyID {
		h.t.Fatalf("%+v, %v", twin, err)
	}
	return twin
}

func TestRevokingTheServersOwnKeyMakesANewOne(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		old := h.own(entity.ResourceEd25519)
		h.insert(entity.License{})
		if err := h.RevokeKey(t.Context(), old.ID); err != nil {
			t.Fatal(err)
		}
		next := h.own(entity.ResourceEd25519)
		if id := signer(t, h.insert(entity.License{}), h.public()); next.ID == old.ID || id != next.KeyID {
			t.Errorf("signed by %s, want %s", id, next.KeyID)
		}
		if ids := h.published(); ids[old.KeyID] || !ids[next.KeyID] {
			t.Errorf("published %v", ids)
		}
	})
}

// Whatever comes at once, there is one key of the server's own and it can sign.
func TestChangesOfTheOwnKeyTakeTurns(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		candidates := []*entity.Resource{h.own(entity.ResourceEd25519), h.newKey(entity.ResourceEd25519), h.newKey(entity.ResourceEd25519)}
		var wg sync.WaitGroup
		for i := range 12 {
			node := h.otherNode()
			wg.Go(func() {
				id := candidates[i%3].ID
				var err error
				if i == 5 {
					err = node.RevokeKey(t.Context(), id)
				} else {
					err = node.SetDefault(t.Context(), id)
				}
				if err != nil && !fault.IsKind(err, fault.Conflict) { // it was revoked already
					t.Error(err)
				}
				if _, err := node.InsertLicense(t.Context(), sent(entity.License{})); err != nil && !fault.IsKind(err, fault.Conflict) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if own := h.own(entity.ResourceEd25519); !own.RevokedAt.IsZero() {
			t.Error("the server's own key is revoked")
		}
		h.insert(entity.License{})
	})
}

func TestOnlySigningKeysAreRotated(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		blob, err := h.InsertResource(t.Context(), sent(entity.Resource{Type: "html", Data: "x"}, "type", "data"))
		if err != nil {
			t.Fatal(err)
		}
		for name, change := range map[string]func(context.Context, int64) error{"default": h.SetDefault, "revoke": h.RevokeKey} {
			if err := change(t.Context(), blob.ID); !fault.IsKind(err, fault.Conflict) {
				t.Errorf("%s of a blob: %v", name, err)
			}
			if err := change(t.Context(), 999); !fault.IsKind(err, fault.NotFound) {
				t.Errorf("%s of nothing: %v", name, err)
			}
		}
	})
}

// TestReseal changes the server key: every sealed value of the books opens under
// the new one and none under the old, a node that still has the old key seals
// nothing, and a failure in the middle changes nothing.
func TestReseal(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		from := issuingtest.Vault(t)
		to, err := vault.New(bytes.Repeat([]byte{8}, vault.KeySize))
		if err != nil {
			t.Fatal(err)
		}
		if err := from.Check(t.Context(), h.store); err != nil {
			t.Fatal(err)
		}
		h.newKey(entity.ResourceEd25519)
		failed := errors.New("failed")
		err = from.Rotate(t.Context(), h.store, to, func(ctx context.Context, tx *store.Tx) error {
			return errors.Join(issuing.Reseal(ctx, tx, from, to), failed)
		})
		if !errors.Is(err, failed) || from.Check(t.Context(), h.store) != nil {
			t.Fatalf("a failed change: %v", err)
		}
		h.opens(from, true)
		reseal := func(ctx context.Context, tx *store.Tx) error { return issuing.Reseal(ctx, tx, from, to) }
		if err := to.Rotate(t.Context(), h.store, from, reseal); !errors.Is(err, vault.ErrWrongKey) {
			t.Errorf("from a key that is not in force: %v", err)
		}
		if err := from.Rotate(t.Context(), h.store, to, reseal); err != nil {
			t.Fatal(err)
		}
		h.opens(to, true)
		h.opens(from, false)
		if err := from.Check(t.Context(), h.store); !errors.Is(err, vault.ErrWrongKey) {
			t.Errorf("the old key is still taken: %v", err)
		}
		if _, err := h.InsertResource(t.Context(), sent(entity.Resource{Type: "RSA"}, "type")); !fault.IsKind(err, fault.Unavailable) {
			t.Errorf("sealed under the old key: %v", err)
		}
		after := issuing.New(h.store, to, settings.DefaultLicensing, h.clock)
		if _, err := after.InsertLicense(t.Context(), sent(entity.License{})); err != nil {
			t.Error(err)
		}
	})
}

// What Reseal must reach: a new column of bytes is either a hash or sealed, and
// then Reseal must be taught about it.
func TestNoSealedColumnIsForgotten(t *testing.T) {
	t.Parallel()
	h := newHouse(t, storetest.URL(t, store.SQLite))
	var columns []string
	err := h.store.Read().NewRaw(`SELECT m.name || '.' || p.name FROM sqlite_master AS m, pragma_table_info(m.name) AS p
		WHERE m.type = 'table' AND p.type = 'BLOB' ORDER BY 1`).Scan(t.Context(), &columns)
	if err != nil || strings.Join(columns, " ") != "api_keys.key_hash api_keys.secret_hash resources.sealed sessions.token_hash settings.sealed" {
		t.Errorf("columns of bytes: %v, %v", columns, err)
	}
}

// opens fails unless every sealed value opens, or none does.
func (h *house) opens(v *vault.Vault, want bool) {
	h.t.Helper()
	var rows []entity.Resource
	if err := h.store.Read().NewSelect().Model(&rows).Where("sealed IS NOT NULL").Scan(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
	if len(rows) < 3 {
		h.t.Fatalf("only %d sealed rows", len(rows))
	}
	for _, r := range rows {
		if _, err := v.Open(r.Sealed, "resource "+r.KeyID); (err == nil) != want {
			h.t.Errorf("resource %d: %v", r.ID, err)
		}
	}
}
