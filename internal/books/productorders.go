package books

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/uptrace/bun"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/journal"
	"github.com/licet/licet/internal/store"
)

// OrderProducts lists the products on an order.
func (s *Service) OrderProducts(ctx context.Context, orderID int64, page entity.Page) (*entity.List[entity.ProductOrder], error) {
	if err := there[entity.Order](ctx, s.store.Read(), "order", orderID); err != nil {
		return nil, err
	}
	return s.lines(ctx, "order_id", orderID, page)
}

// ProductOrders lists the orders that a product is on.
func (s *Service) ProductOrders(ctx context.Context, productID int64, page entity.Page) (*entity.List[entity.ProductOrder], error) {
	if err := there[entity.Product](ctx, s.store.Read(), "product", productID); err != nil {
		return nil, err
	}
	return s.lines(ctx, "product_id", productID, page)
}

func (s *Service) lines(ctx context.Context, column string, id int64, page entity.Page) (*entity.List[entity.ProductOrder], error) {
	return store.ReadList(ctx, s.store, store.Listing[entity.ProductOrder]{
		Where: func(q *bun.SelectQuery) *bun.SelectQuery {
			return q.Where("?TableAlias.? = ?", bun.Ident(column), id)
		},
	}, page)
}

// InsertProductOrder puts a product on an order; the path says which. One that is
// on it already is a Conflict.
func (s *Service) InsertProductOrder(ctx context.Context, orderID, productID int64, in entity.Sent[entity.ProductOrder]) error {
	line, err := lineOf(orderID, productID, in)
	if err != nil {
		return err
	}
	err = journal.Write(ctx, s.store, func(ctx context.Context, tx *store.Tx) (journal.Entry, error) {
		if err := there[entity.Order](ctx, tx, "order", orderID); err != nil {
			return journal.Entry{}, err
		}
		if err := there[entity.Product](ctx, tx, "product", productID); err != nil {
			return journal.Entry{}, err
		}
		row := line
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return journal.Entry{}, fmt.Errorf("insert a product order: %w", err)
		}
		return s.lineEntry(journal.Insert, orderID, productID, in.Members), nil
	})
	switch {
	case errors.Is(err, store.ErrDuplicate):
		return fault.Named(fault.Conflict, fault.Duplicate, fmt.Sprintf("product %d is on order %d already", productID, orderID))
	case errors.Is(err, store.ErrReference):
		return fault.New(fault.Conflict, "the order or the product was deleted meanwhile")
	}
	return err
}

// UpdateProductOrder replaces what an order says of a product.
func (s *Service) UpdateProductOrder(ctx context.Context, orderID, productID int64, in entity.Sent[entity.ProductOrder]) error {
	line, err := lineOf(orderID, productID, in)
	if err != nil {
		return err
	}
	return journal.Write(ctx, s.store, func(ctx context.Context, tx *store.Tx) (journal.Entry, error) {
		res, err := tx.NewUpdate().Model(&line).WherePK().Exec(ctx)
		return s.lineEntry(journal.Update, orderID, productID, in.Members), oneLine(res, err, orderID, productID)
	})
}

// DeleteProductOrder takes a product off an order.
func (s *Service) DeleteProductOrder(ctx context.Context, orderID, productID int64) error {
	line := entity.ProductOrder{OrderID: orderID, ProductID: productID}
	return journal.Write(ctx, s.store, func(ctx context.Context, tx *store.Tx) (journal.Entry, error) {
		res, err := tx.NewDelete().Model(&line).WherePK().Exec(ctx)
		return s.lineEntry(journal.Delete, orderID, productID, nil), oneLine(res, err, orderID, productID)
	})
}

// lineOf is the row that was sent for a product of an order. Ids in it that are
// not those of the path are a mistake.
func lineOf(orderID, productID int64, in entity.Sent[entity.ProductOrder]) (entity.ProductOrder, error) {
	line := in.Value
	for _, id := range []struct {
		member     string
		sent, path int64
	}{{"orderId", line.OrderID, orderID}, {"productId", line.ProductID, productID}} {
		if id.sent != 0 && id.sent != id.path {
			return line, fault.Bad(id.member, "is %d, but the path says %d", id.sent, id.path)
		}
	}
	line.OrderID, line.ProductID, line.Order, line.Product = orderID, productID, nil, nil
	return line, line.Validate()
}

// oneLine is NotFound unless a statement met its row.
func oneLine(res interface{ RowsAffected() (int64, error) }, err error, orderID, productID int64) error {
	if err != nil {
		return fmt.Errorf("write product %d of order %d: %w", productID, orderID, err)
	}
	n, err := res.RowsAffected()
	if err == nil && n == 0 {
		err = fault.New(fault.NotFound, "there is no product %d on order %d", productID, orderID)
	}
	return err
}

// lineEntry names a line in the audit as ORDER/PRODUCT.
func (s *Service) lineEntry(a journal.Action, orderID, productID int64, sent entity.Members) journal.Entry {
	e := s.entry(a, "productOrder", orderID, "")
	e.EntityID += "/" + journal.ID(productID)
	if sent != nil {
		e.Details = "sent " + strings.Join(sent.Names(), " ")
	}
	return e
}
