package books

import (
	"cmp"
	"context"

	"github.com/uptrace/bun"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/store"
)

// OrderFilter narrows a list of orders; what is nil does not.
type OrderFilter struct {
	CustomerID *int64 // NotFound if it is not there
	Only       *int64 // the one customer whose orders the caller may see
}

// Orders lists orders.
func (s *Service) Orders(ctx context.Context, f OrderFilter, page entity.Page) (*entity.List[entity.Order], error) {
	if f.CustomerID != nil {
		if err := s.customerSeen(ctx, *f.CustomerID, f.Only); err != nil {
			return nil, err
		}
	}
	return store.ReadList(ctx, s.store, store.Listing[entity.Order]{
		Where: func(q *bun.SelectQuery) *bun.SelectQuery { return ofCustomers(q, f.CustomerID, f.Only) },
	}, page)
}

// InsertOrder adds an order. A number that was not sent is made; one that was is
// kept and must be free.
func (s *Service) InsertOrder(ctx context.Context, in entity.Sent[entity.Order]) (*entity.Order, error) {
	return s.orders().insertNamed(ctx, s, &in, &in.Value.OrderNumber, "order_number", s.settings().OrderNumber)
}

// UpdateOrder replaces an order by what was sent, but for its number.
func (s *Service) UpdateOrder(ctx context.Context, in entity.Sent[entity.Order]) (*entity.Order, error) {
	return s.orders().update(ctx, s, in)
}

// DeleteOrder deletes an order with its lines. Licenses of it are in the way.
func (s *Service) DeleteOrder(ctx context.Context, id int64) error {
	return s.orders().delete(ctx, s, id)
}

func (s *Service) orders() plain[entity.Order] {
	return plain[entity.Order]{
		kind: "order", unique: "orderNumber",
		id:    func(o *entity.Order) *int64 { return &o.ID },
		name:  func(o *entity.Order) string { return o.OrderNumber },
		ready: s.readyOrder,
		holders: []store.Referrer{
			{Plural: "licenses", Count: `SELECT COUNT(*) FROM licenses WHERE order_id = ?`},
		},
		goes: []store.Referrer{{Plural: "products", Count: `SELECT COUNT(*) FROM product_orders WHERE order_id = ?`}},
	}
}

func (s *Service) readyOrder(ctx context.Context, tx *store.Tx, next, old *entity.Order, _ entity.Members) (err error) {
	was := stamps{}
	if old != nil {
		was = stamps{old.CreatedAt, old.UpdatedAt}
		next.OrderNumber = cmp.Or(next.OrderNumber, old.OrderNumber)
	}
	if next.CreatedAt, next.UpdatedAt, err = s.stamp(next.UpdatedAt, was); err != nil {
		return err
	}
	next.Customer, next.CustomerID, next.ResellerID = nil, entity.OrNone(next.CustomerID), entity.OrNone(next.ResellerID)
	if err := next.Validate(); err != nil {
		return err
	}
	if err := known[entity.Customer](ctx, tx, "customerId", "customer", next.CustomerID); err != nil {
		return err
	}
	return known[entity.Customer](ctx, tx, "resellerId", "customer", next.ResellerID)
}
