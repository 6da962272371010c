package issuing

import (
	"context"
	"fmt"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/keyformat"
	"github.com/licet/licet/internal/store"
)

// name is one of the two unique strings of a license: given by the caller, or
// made from a format.
type name struct {
	member string // on the wire
	column string
	given  bool
	value  *string
	format keyformat.Format
}

// namesOf says how a new license comes by its names, and draws those that are
// to be made.
func (s *Service) namesOf(lic *entity.License, o origin) ([]name, error) {
	set := s.settings()
	keys := set.UserKey
	if o.template != nil && o.template.UserKey != "" {
		var err error
		if keys, err = keyformat.Parse(o.template.UserKey); err != nil {
			return nil, fmt.Errorf("the user key format of template %d: %w", o.template.ID, err)
		}
	}
	names := []name{
		{"licenseId", "license_id", lic.LicenseID != "", &lic.LicenseID, set.LicenseID},
		{"userKey", "user_key", lic.UserKey != "", &lic.UserKey, keys},
	}
	for _, n := range names {
		if !n.given {
			*n.value = n.format.Random()
		}
	}
	return names, nil
}

// renew is called after the books refused a name: one that was given is a
// Conflict, one that was made is made anew, with a look at what is in use.
func (s *Service) renew(ctx context.Context, names []name) error {
	for _, n := range names {
		used, err := store.InUse[entity.License](ctx, s.store, n.column, []string{*n.value})
		if err != nil {
			return err
		}
		if !used[*n.value] {
			continue
		}
		if n.given {
			return fault.Taken(n.member)
		}
		*n.value, err = n.format.Free(ctx, func(ctx context.Context, keys []string) (map[string]bool, error) {
			return store.InUse[entity.License](ctx, s.store, n.column, keys)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
