package management

import (
	"context"
	"net/http"

	"github.com/licet/licet/internal/books"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/httpx"
	"github.com/licet/licet/internal/issuing"
)

// orders are the operations on orders, on the products that they have, and the
// lists that belong to one. What a list holds decides who may read it; an
// order's products are not among what customers may see.
func orders(d Deps, r roles) []httpx.Operation {
	lines := productOrders{d.Books}
	body := httpx.Object{{Name: productOrderItem, Value: entity.ProductOrder{}}}
	write := httpx.Roles(r.sellers...)
	return append(orderBook(d, r).operations(),
		listOf("/v1/orders/{orderId}/products", "orderProducts", "List the products on an order", r.sellers, (*entity.ProductOrder).FillLists,
			func(ctx context.Context, in []int64, page entity.Page) (*entity.List[entity.ProductOrder], error) {
				return d.Books.OrderProducts(ctx, in[0], page)
			}),
		listOf("/v1/products/{productId}/orders", "productOrders", "List the orders that a product is on", r.sellers, (*entity.ProductOrder).FillLists,
			func(ctx context.Context, in []int64, page entity.Page) (*entity.List[entity.ProductOrder], error) {
				return d.Books.ProductOrders(ctx, in[0], page)
			}),
		op(http.MethodPost, productOrderPath, "Put a product on an order", write, lines.insert).
			WithItem(productOrderItem).WithRequestSchema(body).WithResponseSchema(done()).
			WithDescription("A product that is on the order already is refused."),
		op(http.MethodPut, productOrderPath, "Replace what an order says of a product", write, lines.update).
			WithItem(productOrderItem).WithRequestSchema(body).WithResponseSchema(done()).WithDescription(unsent),
		op(http.MethodDelete, productOrderPath, "Take a product off an order", write, lines.remove).WithResponseSchema(done()),
		listOf("/v1/orders/{orderId}/licenses", "licenses", "List the licenses of an order", orCustomer(r.staff), (*entity.License).FillLists,
			scoped(r.staff, func(ctx context.Context, only *int64, in []int64, page entity.Page) (*entity.List[entity.License], error) {
				return d.Issuing.Licenses(ctx, issuing.LicenseFilter{OrderID: &in[0], Only: only}, page)
			})),
	)
}

func orderBook(d Deps, r roles) collection[entity.Order] {
	return collection[entity.Order]{
		path: "/v1/orders", id: "orderId", item: "order", items: "orders", noun: "order",
		onInsert: "An orderNumber left out is made; one that is given must be free.",
		onUpdate: "The orderNumber is unchanged. An updatedAt that is not the stored one is refused.",
		onDelete: "The products on it go with it. 409 while licenses refer to it.",
		read:     orCustomer(r.sellers), write: r.sellers, remove: r.sellers,
		list: func(ctx context.Context, page entity.Page) (*entity.List[entity.Order], error) {
			only, err := onlyOf(ctx, r.sellers)
			if err != nil {
				return nil, err
			}
			return d.Books.Orders(ctx, books.OrderFilter{Only: only}, page)
		},
		insert: d.Books.InsertOrder, update: d.Books.UpdateOrder, delete: d.Books.DeleteOrder,
		key: func(o *entity.Order) int64 { return o.ID }, show: (*entity.Order).FillLists,
		inserted: func(o *entity.Order) httpx.Object { return httpx.Object{{Name: "orderNumber", Value: o.OrderNumber}} },
	}
}

const (
	productOrderItem = "productOrder"
	productOrderPath = "/v1/orders/{orderId}/products/{productId}"
)

// productOrders are the operations on one product of one order, which the path
// names both.
type productOrders struct{ books *books.Service }

func (p productOrders) insert(ctx context.Context, r *itemRequest[entity.ProductOrder]) (*httpx.Object, error) {
	return p.write(ctx, r, p.books.InsertProductOrder)
}

func (p productOrders) update(ctx context.Context, r *itemRequest[entity.ProductOrder]) (*httpx.Object, error) {
	return p.write(ctx, r, p.books.UpdateProductOrder)
}

func (p productOrders) write(ctx context.Context, r *itemRequest[entity.ProductOrder], write func(ctx context.Context, orderID, productID int64, in entity.Sent[entity.ProductOrder]) error) (*httpx.Object, error) {
	in, err := r.sent(productOrderPath, productOrderItem)
	if err != nil {
		return nil, err
	}
	if err := write(ctx, r.IDs[0], r.IDs[1], in); err != nil {
		return nil, under(productOrderItem, err)
	}
	answer := done()
	return &answer, nil
}

func (p productOrders) remove(ctx context.Context, r *pathIDs) (*httpx.Object, error) {
	if err := p.books.DeleteProductOrder(ctx, r.IDs[0], r.IDs[1]); err != nil {
		return nil, err
	}
	answer := done()
	return &answer, nil
}
