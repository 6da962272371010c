package issuing_test

import (
	"context"
	"encoding/pem"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

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
)

func TestMain(m *testing.M) { storetest.Main(m) }

var testStart = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// house issues licenses into fresh books.
type house struct {
	*issuing.Service
	t     testing.TB
	store *store.Store
	clock *clock.Fake
}

func newHouse(t testing.TB, url string) *house {
	t.Helper()
	h := &house{t: t, store: storetest.Open(t, url), clock: clock.NewFake(testStart)}
	h.Service = issuingtest.Service(t, h.store, settings.DefaultLicensing, h.clock)
	return h
}

func eachEngine(t *testing.T, test func(t *testing.T, h *house)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) { test(t, newHouse(t, url)) })
}

// sent is v with the members that a caller named.
func sent[T any](v T, members ...string) entity.Sent[T] {
	s := entity.Sent[T]{Value: v, Members: entity.Members{}}
	for _, m := range members {
		s.Members[strings.ToLower(m)] = true
	}
	return s
}

func (h *house) insert(lic entity.License, members ...string) *entity.License {
	h.t.Helper()
	made, err := h.InsertLicense(h.t.Context(), sent(lic, members...))
	if err != nil {
		h.t.Fatal(err)
	}
	return made
}

// public are the keys that jwks.json lists, as applications get them.
func (h *house) public() []keys.Public {
	h.t.Helper()
	var rows []entity.Resource
	if err := h.store.Read().NewSelect().Model(&rows).Where("key_id <> ''").Scan(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
	var all []keys.Public
	for _, r := range rows {
		k, err := keys.ParsePublic(r.Data)
		if err != nil {
			h.t.Fatal(err)
		}
		all = append(all, k)
	}
	return all
}

func pemOf(pkcs8 []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}))
}

func wantBad(t testing.TB, err error, field string) {
	t.Helper()
	if f := fault.Of(err); f == nil || f.Kind != fault.Invalid || f.Field != field {
		t.Errorf("got %v, want an Invalid fault of %q", err, field)
	}
}

// TestNodesThatStartAtOnceMakeOnePair starts several nodes on one database.
func TestNodesThatStartAtOnceMakeOnePair(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		st := storetest.Open(t, url)
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				s := issuing.New(st, issuingtest.Vault(t), settings.DefaultLicensing, clock.NewFake(testStart))
				if err := s.EnsureDefaults(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		s := issuing.New(st, issuingtest.Vault(t), settings.DefaultLicensing, clock.NewFake(testStart))
		if err := s.EnsureDefaults(t.Context()); err != nil { // a later start
			t.Fatal(err)
		}
		var types []string
		if err := st.Read().NewRaw(`SELECT type FROM resources WHERE is_default ORDER BY id`).Scan(t.Context(), &types); err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(types) != "[RSA Ed25519]" {
			t.Errorf("the server has the keys %v", types)
		}
		if _, err := s.InsertLicense(t.Context(), sent(entity.License{})); err != nil {
			t.Errorf("issue with them: %v", err)
		}
	})
}

func TestNodeLockedCopy(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		for _, format := range []entity.Format{entity.FormatJWS, entity.FormatXML} {
			lic := h.insert(entity.License{LicensingMode: entity.Activation, Format: format}, "format", "licensingMode")
			locked, err := h.NodeLock(t.Context(), lic.ID, "machine-1")
			if err != nil {
				t.Fatal(err)
			}
			v, err := document.Verify(locked.LicenseKey, h.public()...)
			if err != nil || v.Content.Restrictions[0].Properties["HardwareKey"] != "machine-1" || v.Content.LicenseID != lic.LicenseID {
				t.Errorf("format %d: %+v, %v", format, v, err)
			}
			if locked.Revision != lic.Revision || len(locked.Hash) != 64 || locked.UserKey != "" || len(locked.Restrictions) != 1 {
				t.Errorf("format %d: %+v", format, locked)
			}
			var stored entity.License
			if err := h.store.Read().NewSelect().Model(&stored).Where("id = ?", lic.ID).Scan(t.Context()); err != nil || stored.LicenseKey != lic.LicenseKey {
				t.Errorf("format %d: the license itself was changed: %v", format, err)
			}
		}
		xml := h.insert(entity.License{LicensingMode: entity.Activation}, "licensingMode", "format")
		_, err := h.NodeLock(t.Context(), xml.ID, "bell\a")
		wantBad(t, err, "machineId")
		if _, err := h.NodeLock(t.Context(), 9999, "m"); !fault.IsKind(err, fault.NotFound) {
			t.Errorf("a license that is not there: %v", err)
		}
	})
}

func TestPublicKeysListEveryKeyOnce(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		private, err := keys.Generate(entity.ResourceEd25519)
		if err != nil {
			t.Fatal(err)
		}
		der, err := private.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if _, err := h.InsertResource(t.Context(), sent(entity.Resource{Type: "ed25519", DataFormat: "PEM", Data: pemOf(der)}, "data", "dataFormat")); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := h.InsertResource(t.Context(), sent(entity.Resource{Type: "email", Data: "x"})); err != nil {
			t.Fatal(err)
		}
		set, err := h.PublicKeys(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		kids := map[string]bool{}
		for _, k := range set.Keys {
			kids[k.Kid] = true
		}
		if len(set.Keys) != 3 || len(kids) != 3 || !kids[private.ID()] {
			t.Errorf("keys: %+v", set.Keys)
		}
	})
}

func TestASealedKeyIsBoundToItsID(t *testing.T) {
	t.Parallel()
	h := newHouse(t, storetest.URL(t, store.SQLite))
	err := h.store.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.NewRaw(`UPDATE resources SET key_id = 'another' WHERE type = 'Ed25519'`).Exec(ctx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.InsertLicense(t.Context(), sent(entity.License{Format: entity.FormatJWS})); err == nil || fault.Of(err) != nil {
		t.Errorf("a sealed key under another id: %v", err)
	}
}

// TestIssuingAndDeletingReferences deletes what licenses refer to while they
// are issued: each ends with a fault or a whole license, never with half of one.
func TestIssuingAndDeletingReferences(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		for range 5 {
			tpl, err := h.InsertTemplate(t.Context(), sent(entity.LicenseTemplate{Name: "T", LicensingMode: entity.Floating}))
			if err != nil {
				t.Fatal(err)
			}
			var wg sync.WaitGroup
			for range 3 {
				wg.Go(func() {
					_, err := h.InsertLicense(t.Context(), sent(entity.License{TemplateID: &tpl.ID}))
					if f := fault.Of(err); err != nil && (f == nil || f.Kind != fault.Invalid && f.Kind != fault.Conflict) {
						t.Errorf("issue: %v", err)
					}
				})
			}
			wg.Go(func() {
				if err := h.DeleteTemplate(t.Context(), tpl.ID); err != nil && !fault.IsKind(err, fault.Conflict) {
					t.Errorf("delete: %v", err)
				}
			})
			wg.Wait()
		}
		var half int64
		err := h.store.Read().NewRaw(`SELECT COUNT(*) FROM licenses l WHERE license_key = '' OR NOT EXISTS (SELECT 1 FROM seat_pools p WHERE p.license_id = l.id)`).Scan(t.Context(), &half)
		if err != nil || half != 0 {
			t.Errorf("%d licenses are not whole, %v", half, err)
		}
	})
}

func TestAnUpdateOfADeletedLicense(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		lic := h.insert(entity.License{LicensingMode: entity.Floating}, "licensingMode")
		var wg sync.WaitGroup
		wg.Go(func() {
			for range 5 {
				_, err := h.UpdateLicense(t.Context(), sent(entity.License{ID: lic.ID}))
				if err != nil && !fault.IsKind(err, fault.NotFound) {
					t.Errorf("update: %v", err)
				}
			}
		})
		wg.Go(func() {
			if err := h.DeleteLicense(t.Context(), lic.ID); err != nil {
				t.Errorf("delete: %v", err)
			}
		})
		wg.Wait()
		var pools int64
		if err := h.store.Read().NewRaw(`SELECT COUNT(*) FROM seat_pools`).Scan(t.Context(), &pools); err != nil || pools != 0 {
			t.Errorf("%d pools left, %v", pools, err)
		}
	})
}

func TestTracesGoWithTheirLicense(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		lic := h.insert(entity.License{})
		rows := make([]entity.LicenseTrace, 1200)
		for i := range rows {
			rows[i] = entity.LicenseTrace{LicenseID: lic.ID, CreatedDate: entity.TimeOf(testStart), Action: entity.TraceRequest}
		}
		err := h.store.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.NewInsert().Model(&rows).Exec(ctx)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := h.DeleteLicense(t.Context(), lic.ID); err != nil {
			t.Fatal(err)
		}
		n, err := h.store.Read().NewSelect().Model((*entity.LicenseTrace)(nil)).Count(t.Context())
		if err != nil || n != 0 {
			t.Errorf("%d traces left, %v", n, err)
		}
	})
}

func TestTemplatesAreReplaced(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		days := int64(3)
		tpl, err := h.InsertTemplate(t.Context(), sent(entity.LicenseTemplate{
			Name: "T", LicenseType: "Full", Format: entity.FormatXML, LicensingMode: entity.Floating, ExpireDays: &days,
			Contents: entity.Contents{Components: []string{"c"}},
		}, "format"))
		if err != nil {
			t.Fatal(err)
		}
		next, err := h.UpdateTemplate(t.Context(), sent(entity.LicenseTemplate{ID: tpl.ID, LicenseType: "Pro"}, "licenseType"))
		if err != nil {
			t.Fatal(err)
		}
		if next.Name != "T" || next.Format != entity.FormatXML || next.LicensingMode != entity.Floating || next.ExpireDays != nil ||
			len(next.Components) != 1 || !strings.Contains(next.Template, `type="Pro"`) || !strings.Contains(next.Template, `name="c"`) {
			t.Errorf("%+v", next)
		}
		next, err = h.UpdateTemplate(t.Context(), sent(entity.LicenseTemplate{ID: tpl.ID, Contents: entity.Contents{Components: []string{}}}, "components"))
		if err != nil || len(next.Components) != 0 || strings.Contains(next.Template, `name="c"`) {
			t.Errorf("%+v, %v", next, err)
		}
		plain, err := h.InsertTemplate(t.Context(), sent(entity.LicenseTemplate{Name: "plain"}))
		if err != nil || plain.Format != entity.FormatJWS || plain.LicensingMode != entity.File {
			t.Errorf("defaults: %+v, %v", plain, err)
		}
	})
}
