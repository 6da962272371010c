package issuing

import (
	"context"
	"fmt"
	"strings"

	"github.com/licet/licet/internal/document/keys"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/journal"
	"github.com/licet/licet/internal/store"
)

// formatPEM is the data format that every signing key shows.
const formatPEM = "PEM"

// keyType is the signing key type that a resource type names, in any case and
// with any space around it: what is nearly a key must not be shown as an asset.
// "" when the resource is not a signing key.
func keyType(resourceType string) string {
	for _, t := range []string{entity.ResourceRSA, entity.ResourceEd25519} {
		if strings.EqualFold(strings.TrimSpace(resourceType), t) {
			return t
		}
	}
	return ""
}

// InsertResource adds a resource. One of type RSA or Ed25519 is a signing key:
// its data is imported, or, when none was sent, a key is generated. Any other
// is kept as it is.
func (s *Service) InsertResource(ctx context.Context, in entity.Sent[entity.Resource]) (*entity.Resource, error) {
	r := in.Value
	if err := r.Validate(); err != nil {
		return nil, err
	}
	r.ID, r.KeyID, r.IsDefault, r.RevokedAt = 0, "", false, entity.Time{}
	r.CreatedAt, r.UpdatedAt = entity.TimeOf(s.now()), entity.TimeOf(s.now())
	if t := keyType(r.Type); t != "" {
		k, err := s.material(ctx, t, in)
		if err != nil {
			return nil, err
		}
		if err := s.seal(&r, k); err != nil {
			return nil, err
		}
	}
	r.Password = nil
	var row entity.Resource
	err := journal.Write(ctx, s.store, func(ctx context.Context, tx *store.Tx) (journal.Entry, error) {
		row = r
		if err := s.admit(ctx, tx, &row); err != nil {
			return journal.Entry{}, err
		}
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return journal.Entry{}, fmt.Errorf("insert a resource: %w", err)
		}
		return s.entry(journal.Insert, "resource", row.ID, "%s", strings.TrimSpace(row.Type+" "+row.KeyID)), nil
	})
	if err != nil {
		return nil, err
	}
	return &row, nil
}

// material is the key that a new resource brings, or a generated one where
// neither data nor its format was sent: an empty file is a mistake, not a wish.
// Both take time (an imported key is tried), so they have a signing slot.
func (s *Service) material(ctx context.Context, want string, in entity.Sent[entity.Resource]) (k keys.Key, err error) {
	r := in.Value
	err = s.inSlot(ctx, func() error {
		if !in.Members.Has("data") && !in.Members.Has("dataFormat") {
			k, err = s.newKey(want)
			return err
		}
		password := ""
		if r.Password != nil {
			password = *r.Password
		}
		k, err = keys.Import(r.DataFormat, r.Data, password)
		return err
	})
	if err == nil && k.Type() != want {
		err = fault.Bad("type", "says %s, but the key is of type %s", want, k.Type())
	}
	return k, err
}

// UpdateResource replaces a resource by what was sent. Type, data and
// dataFormat that were not sent are unchanged. A signing key keeps its
// material: sending back its public PEM changes nothing, other data is a
// Conflict, and so is an updatedAt that is not that of the resource.
func (s *Service) UpdateResource(ctx context.Context, in entity.Sent[entity.Resource]) (*entity.Resource, error) {
	if err := in.Value.Validate(); err != nil {
		return nil, err
	}
	id := in.Value.ID
	var next entity.Resource
	err := journal.Write(ctx, s.store, func(ctx context.Context, tx *store.Tx) (journal.Entry, error) {
		old, err := store.Lock[entity.Resource](ctx, tx, id)
		if err != nil {
			return journal.Entry{}, store.Missing(err, "resource", id)
		}
		if err := entity.RefuseStale(in.Value.UpdatedAt, old.UpdatedAt); err != nil {
			return journal.Entry{}, err
		}
		next = in.Value
		if err := keptResource(&next, old, in.Members); err != nil {
			return journal.Entry{}, err
		}
		next.UpdatedAt = old.UpdatedAt.Next(s.now())
		if _, err := tx.NewUpdate().Model(&next).WherePK().Exec(ctx); err != nil {
			return journal.Entry{}, fmt.Errorf("update resource %d: %w", id, err)
		}
		return s.entry(journal.Update, "resource", id, "sent %s", strings.Join(in.Members.Names(), " ")), nil
	})
	if err != nil {
		return nil, err
	}
	return &next, nil
}

func keptResource(next, old *entity.Resource, sent entity.Members) error {
	next.Password, next.CreatedAt = nil, old.CreatedAt
	next.Sealed, next.KeyID, next.IsDefault, next.RevokedAt = old.Sealed, old.KeyID, old.IsDefault, old.RevokedAt
	if next.Type == "" {
		next.Type = old.Type
	}
	if old.IsSigningKey() {
		return keptKey(next, old, sent)
	}
	if keyType(next.Type) != "" {
		return fault.New(fault.Conflict, "a resource cannot become a signing key; add the key as a new resource")
	}
	if !sent.Has("data") {
		next.Data = old.Data
	}
	if !sent.Has("dataFormat") {
		next.DataFormat = old.DataFormat
	}
	return nil
}

// keptKey refuses new material: documents signed with the old one must stay
// verifiable under its id.
func keptKey(next, old *entity.Resource, sent entity.Members) error {
	if !strings.EqualFold(next.Type, old.Type) {
		return fault.New(fault.Conflict, "the type of a signing key cannot change; add a new key")
	}
	if sent.Has("data") && strings.TrimSpace(next.Data) != strings.TrimSpace(old.Data) {
		return fault.New(fault.Conflict, "a signing key cannot be replaced, because it has signed licenses; add a new key")
	}
	next.Type, next.Data, next.DataFormat = old.Type, old.Data, old.DataFormat
	return nil
}

// DeleteResource deletes a resource. What still refers to it is in the way, and
// the server's own keys stay.
func (s *Service) DeleteResource(ctx context.Context, id int64) error {
	return s.delete(ctx, "resource", (*entity.Resource)(nil), id, func(ctx context.Context, tx *store.Tx) error {
		r, err := store.Get[entity.Resource](ctx, tx, id)
		if err != nil {
			return store.Missing(err, "resource", id)
		}
		if r.IsDefault {
			return fault.New(fault.Conflict, "resource %d is a signing key of the server itself and cannot be deleted", id)
		}
		if !r.RevokedAt.IsZero() {
			return fault.New(fault.Conflict, "resource %d is a revoked signing key and cannot be deleted, so that it stays revoked", id)
		}
		return store.RefuseReferred(ctx, tx, "the resource", []store.Referrer{
			{Plural: "products", Count: `SELECT COUNT(*) FROM products WHERE signature_keys_id = ?`},
			{Plural: "license templates", Count: `SELECT COUNT(*) FROM license_templates WHERE signature_keys_id = ?`},
			{Plural: "licenses", Count: `SELECT COUNT(*) FROM licenses WHERE signature_keys_id = ?`},
			{Plural: "assemblies", Count: `SELECT COUNT(*) FROM assemblies WHERE mapping_file_id = ?`},
		}, id)
	})
}
