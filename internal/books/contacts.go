package books

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/uptrace/bun"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/store"
)

// ContactFilter narrows a list of contacts; what is nil does not.
type ContactFilter struct {
	CustomerID *int64 // NotFound if it is not there
	Only       *int64 // the one customer whose contacts the caller may see
}

// Contacts lists the people at customers.
func (s *Service) Contacts(ctx context.Context, f ContactFilter, page entity.Page) (*entity.List[entity.Contact], error) {
	if f.CustomerID != nil {
		if err := s.customerSeen(ctx, *f.CustomerID, f.Only); err != nil {
			return nil, err
		}
	}
	return store.ReadList(ctx, s.store, store.Listing[entity.Contact]{
		Where: func(q *bun.SelectQuery) *bun.SelectQuery { return ofCustomers(q, f.CustomerID, f.Only) },
	}, page)
}

// ofCustomers narrows a list to rows of these customers.
func ofCustomers(q *bun.SelectQuery, ids ...*int64) *bun.SelectQuery {
	for _, id := range ids {
		if id != nil {
			q = q.Where("?TableAlias.customer_id = ?", *id)
		}
	}
	return q
}

// InsertContact adds a person at a customer.
func (s *Service) InsertContact(ctx context.Context, in entity.Sent[entity.Contact]) (*entity.Contact, error) {
	return s.contacts().insert(ctx, s, in)
}

// UpdateContact replaces a contact by what was sent, but for its customer.
func (s *Service) UpdateContact(ctx context.Context, in entity.Sent[entity.Contact]) (*entity.Contact, error) {
	return s.contacts().update(ctx, s, in)
}

// DeleteContact deletes a contact.
func (s *Service) DeleteContact(ctx context.Context, id int64) error {
	return s.contacts().delete(ctx, s, id)
}

func (s *Service) contacts() plain[entity.Contact] {
	return plain[entity.Contact]{
		kind:   "contact",
		id:     func(c *entity.Contact) *int64 { return &c.ID },
		name:   func(c *entity.Contact) string { return fmt.Sprintf("of customer %d", c.CustomerID) },
		before: s.touchCustomers,
		ready: func(ctx context.Context, tx *store.Tx, next, old *entity.Contact, _ entity.Members) error {
			now := entity.TimeOf(s.clock.Read().Wall)
			next.Name, next.CreatedAt, next.UpdatedAt = "", now, now
			if old != nil {
				next.Name, next.CreatedAt = old.Name, old.CreatedAt
				next.CustomerID = cmp.Or(next.CustomerID, old.CustomerID)
			}
			if next.CustomerID == 0 {
				return fault.Bad("customerId", "is missing")
			}
			if err := next.Validate(); err != nil {
				return err
			}
			return known[entity.Customer](ctx, tx, "customerId", "customer", &next.CustomerID)
		},
	}
}

// touchCustomers makes a change of a contact one of its customer, which owns it:
// who then sends the customer with the contacts of before is told. It also
// orders the locks: customers, by their id, before their contacts.
func (s *Service) touchCustomers(ctx context.Context, tx *store.Tx, id int64, sent *entity.Contact) error {
	touched := map[int64]bool{}
	if sent != nil {
		touched[sent.CustomerID] = true
	}
	if id != 0 {
		old, err := store.Get[entity.Contact](ctx, tx, id)
		if err != nil {
			return store.Missing(err, "contact", id)
		}
		touched[old.CustomerID] = true
	}
	for _, customer := range slices.Sorted(maps.Keys(touched)) {
		c, err := store.Lock[entity.Customer](ctx, tx, customer)
		if errors.Is(err, store.ErrNoRow) {
			continue // whether it has to be there is seen later
		}
		if err != nil {
			return err
		}
		_, err = tx.NewRaw(`UPDATE customers SET updated_at = ? WHERE id = ?`, c.UpdatedAt.Next(s.clock.Read().Wall), customer).Exec(ctx)
		if err != nil {
			return fmt.Errorf("touch customer %d: %w", customer, err)
		}
	}
	return nil
}

// newContacts are contacts as they are sent with a new customer: whatever ids
// they say are those of the customer that they were copied from.
func newContacts(sent []entity.Contact) []entity.Contact {
	contacts := slices.Clone(sent)
	for i := range contacts {
		contacts[i].ID, contacts[i].CustomerID = 0, 0
	}
	return contacts
}

// replaceContacts makes the contacts of a customer those that were sent. The
// customer is locked.
func replaceContacts(ctx context.Context, tx *store.Tx, c *entity.Customer, sent entity.Members) error {
	if !sent.Has("contacts") {
		return nil
	}
	var have []entity.Contact
	if err := tx.NewSelect().Model(&have).Where("customer_id = ?", c.ID).Scan(ctx); err != nil {
		return fmt.Errorf("read the contacts of customer %d: %w", c.ID, err)
	}
	left := make(map[int64]entity.Contact, len(have))
	for _, contact := range have {
		left[contact.ID] = contact
	}
	c.Contacts = slices.Clone(c.Contacts)
	var added []*entity.Contact
	for i := range c.Contacts {
		contact := &c.Contacts[i]
		if contact.CustomerID != 0 && contact.CustomerID != c.ID {
			return fault.Bad(fmt.Sprintf("contacts[%d].customerId", i), "is %d, but the customer is %d", contact.CustomerID, c.ID)
		}
		contact.CustomerID = c.ID
		if contact.ID == 0 {
			contact.CreatedAt, contact.UpdatedAt = c.UpdatedAt, c.UpdatedAt
			added = append(added, contact)
			continue
		}
		old, ok := left[contact.ID]
		if !ok {
			return fault.Bad(fmt.Sprintf("contacts[%d].id", i), "customer %d has no contact %d, or it is here twice", c.ID, contact.ID)
		}
		delete(left, contact.ID)
		if contact.Name == "" {
			contact.Name = old.Name
		}
		contact.CreatedAt, contact.UpdatedAt = old.CreatedAt, old.UpdatedAt
		if *contact == old {
			continue
		}
		contact.UpdatedAt = c.UpdatedAt
		if _, err := tx.NewUpdate().Model(contact).WherePK().Exec(ctx); err != nil {
			return fmt.Errorf("update contact %d: %w", contact.ID, err)
		}
	}
	return writeContacts(ctx, tx, slices.Collect(maps.Keys(left)), added)
}

// recogniseContacts completes contacts of which only a name and an address were
// sent: one with the id of a contact of the customer, or without an id but with
// its name and address, is that contact, and the rest of it stays.
func recogniseContacts(ctx context.Context, tx *store.Tx, c *entity.Customer) error {
	var have []entity.Contact
	if err := tx.NewSelect().Model(&have).Where("customer_id = ?", c.ID).Order("id").Scan(ctx); err != nil {
		return fmt.Errorf("read the contacts of customer %d: %w", c.ID, err)
	}
	named := map[int64]bool{}
	for _, sent := range c.Contacts {
		named[sent.ID] = true
	}
	c.Contacts = slices.Clone(c.Contacts) // this may run again
	for i, sent := range c.Contacts {
		at := slices.IndexFunc(have, func(old entity.Contact) bool {
			if sent.ID != 0 {
				return old.ID == sent.ID
			}
			return !named[old.ID] && old.ShownName() == sent.Name && old.Email == sent.Email
		})
		if at < 0 {
			continue
		}
		known := have[at]
		named[known.ID] = true // two that read alike are two
		if known.ShownName() != sent.Name {
			known.Name = sent.Name
		}
		known.Email = sent.Email
		c.Contacts[i] = known
	}
	return nil
}

func writeContacts(ctx context.Context, tx *store.Tx, gone []int64, added []*entity.Contact) error {
	if len(gone) > 0 {
		if _, err := tx.NewDelete().Model((*entity.Contact)(nil)).Where("id IN (?)", bun.List(gone)).Exec(ctx); err != nil {
			return fmt.Errorf("delete contacts: %w", err)
		}
	}
	if len(added) > 0 {
		if _, err := tx.NewInsert().Model(&added).Exec(ctx); err != nil {
			return fmt.Errorf("insert contacts: %w", err)
		}
	}
	return nil
}
