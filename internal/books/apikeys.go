package books

import (
	"context"
	"strings"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/identity"
	"github.com/licet/licet/internal/journal"
	"github.com/licet/licet/internal/store"
)

// APIKeys lists API keys; of each only its first characters.
func (s *Service) APIKeys(ctx context.Context, page entity.Page) (*entity.List[entity.APIKey], error) {
	return store.ReadList(ctx, s.store, store.Listing[entity.APIKey]{}, page)
}

// InsertAPIKey makes an API key on behalf of by. The key in the answer is shown
// this once. Permissions left out are those of by.
func (s *Service) InsertAPIKey(ctx context.Context, by identity.Principal, in entity.Sent[entity.APIKey]) (*entity.APIKey, error) {
	made := in.Value
	if err := made.Validate(); err != nil {
		return nil, err
	}
	if !in.Members.Has("permissions") {
		made.Permissions = by.Permissions
	}
	err := journal.Write(ctx, s.store, func(ctx context.Context, tx *store.Tx) (journal.Entry, error) {
		var err error
		made.ID, made.Key, err = s.ids.InsertKey(ctx, tx, by, made)
		return s.entry(journal.Insert, "apiKey", made.ID, "%s", made.Name), err
	})
	if err != nil {
		return nil, err
	}
	return &made, nil
}

// UpdateAPIKey changes an API key; it holds on this node at once.
func (s *Service) UpdateAPIKey(ctx context.Context, by identity.Principal, in entity.Sent[entity.APIKey]) (*entity.APIKey, error) {
	if err := in.Value.Validate(); err != nil {
		return nil, err
	}
	id := in.Value.ID
	err := journal.Write(ctx, s.store, func(ctx context.Context, tx *store.Tx) (journal.Entry, error) {
		err := s.ids.UpdateKey(ctx, tx, by, in)
		return s.entry(journal.Update, "apiKey", id, "sent %s", strings.Join(in.Members.Names(), " ")), err
	})
	s.ids.ForgetKey(id) // also after an error: the commit may have happened and only its answer got lost
	if err != nil {
		return nil, err
	}
	return &in.Value, nil
}

// DeleteAPIKey deletes an API key; it is refused on this node at once.
func (s *Service) DeleteAPIKey(ctx context.Context, by identity.Principal, id int64) error {
	err := journal.Write(ctx, s.store, func(ctx context.Context, tx *store.Tx) (journal.Entry, error) {
		return s.entry(journal.Delete, "apiKey", id, ""), s.ids.DeleteKey(ctx, tx, by, id)
	})
	s.ids.ForgetKey(id) // also after an error, as in UpdateAPIKey
	return err
}
