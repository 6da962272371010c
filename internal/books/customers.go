package books

import (
	"cmp"
	"context"

	"github.com/uptrace/bun"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/store"
)

// customerChunk is small because a customer may carry a large image.
const customerChunk = 32

// Customers lists customers with their contacts: a caller who sends back what
// they read must not lose them. only, where it is not nil, is the one customer
// that the caller may see.
func (s *Service) Customers(ctx context.Context, only *int64, page entity.Page) (*entity.List[entity.Customer], error) {
	return store.ReadList(ctx, s.store, store.Listing[entity.Customer]{
		Chunk: customerChunk,
		Where: func(q *bun.SelectQuery) *bun.SelectQuery {
			q = q.Relation("Contacts", func(q *bun.SelectQuery) *bun.SelectQuery { return q.Order("id") })
			if only != nil {
				q = q.Where("?TableAlias.id = ?", *only)
			}
			return q
		},
	}, page)
}

// InsertCustomer adds a customer with its contacts. A code that was not sent is
// made; one that was is kept and must be free.
func (s *Service) InsertCustomer(ctx context.Context, in entity.Sent[entity.Customer]) (*entity.Customer, error) {
	return s.customers().insertNamed(ctx, s, &in, &in.Value.Code, "code", s.settings().CustomerCode)
}

// UpdateCustomer replaces a customer by what was sent, but for its code. Contacts
// that were sent replace those that are there: with an id they are changed,
// without they are new, the others are deleted.
func (s *Service) UpdateCustomer(ctx context.Context, in entity.Sent[entity.Customer]) (*entity.Customer, error) {
	return s.customers().update(ctx, s, in)
}

// PatchCustomer changes a customer in place: change is given it without its
// lists and sets what is to be another. Contacts and custom tags that members
// names are replaced by what change puts there.
func (s *Service) PatchCustomer(ctx context.Context, id int64, members entity.Members, change func(*entity.Customer)) (*entity.Customer, error) {
	return s.customers().patch(ctx, s, id, members, func(ctx context.Context, tx *store.Tx, c *entity.Customer) error {
		change(c)
		if !members.Has("contacts") {
			return nil
		}
		return recogniseContacts(ctx, tx, c)
	})
}

// DeleteCustomer deletes a customer with its contacts. Orders, licenses and users
// of it are in the way.
func (s *Service) DeleteCustomer(ctx context.Context, id int64) error {
	return s.customers().delete(ctx, s, id)
}

func (s *Service) customers() plain[entity.Customer] {
	return plain[entity.Customer]{
		kind: "customer", unique: "code",
		id:   func(c *entity.Customer) *int64 { return &c.ID },
		name: func(c *entity.Customer) string { return c.Code },
		ready: func(_ context.Context, _ *store.Tx, next, old *entity.Customer, _ entity.Members) (err error) {
			was := stamps{}
			if old == nil {
				next.Contacts = newContacts(next.Contacts)
			} else {
				was = stamps{old.CreatedAt, old.UpdatedAt}
				next.Code = cmp.Or(next.Code, old.Code)
			}
			if next.CreatedAt, next.UpdatedAt, err = s.stamp(next.UpdatedAt, was); err != nil {
				return err
			}
			return next.Validate()
		},
		after: replaceOwned,
		holders: []store.Referrer{
			{Plural: "licenses", Count: `SELECT COUNT(*) FROM licenses WHERE customer_id = ?`},
			{Plural: "orders", Count: `SELECT COUNT(*) FROM orders WHERE customer_id = ?`},
			{Plural: "orders (as their reseller)", Count: `SELECT COUNT(*) FROM orders WHERE reseller_id = ?`},
			{Plural: "users", Count: `SELECT COUNT(*) FROM users WHERE customer_id = ?`},
		},
		goes: []store.Referrer{
			{Plural: "contacts", Count: contactsOf},
			{Plural: "custom tags", Count: `SELECT COUNT(*) FROM custom_tags WHERE customer_id = ?`},
		},
	}
}

// replaceOwned makes what a customer owns that which was sent.
func replaceOwned(ctx context.Context, tx *store.Tx, c *entity.Customer, sent entity.Members) error {
	if err := replaceContacts(ctx, tx, c, sent); err != nil {
		return err
	}
	return replaceTags(ctx, tx, c, sent)
}

const contactsOf = `SELECT COUNT(*) FROM contacts WHERE customer_id = ?`

// customerSeen is NotFound unless the customer is there and the caller may see
// it: only, where it is not nil, is the one that they may.
func (s *Service) customerSeen(ctx context.Context, id int64, only *int64) error {
	if only != nil && *only != id {
		return fault.New(fault.NotFound, "there is no customer %d", id)
	}
	return there[entity.Customer](ctx, s.store.Read(), "customer", id)
}
