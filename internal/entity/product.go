package entity

// Product is what a vendor sells. Code is its public name in documents.
type Product struct {
	ID              int64   `bun:"id,pk,autoincrement" json:"id"`
	Code            string  `bun:"code" json:"code"`
	Name            string  `bun:"name" json:"name"`
	Description     string  `bun:"description" json:"description"`
	URL             string  `bun:"url" json:"url"`
	Copyright       string  `bun:"copyright" json:"copyright"`
	CreatedAt       Time    `bun:"created_at" json:"createdAt"`
	Image           string  `bun:"image" json:"image"`
	Price           float64 `bun:"price" json:"price"`
	ResellerPrice   float64 `bun:"reseller_price" json:"resellerPrice"`
	Currency        string  `bun:"currency" json:"currency"`
	SignatureKeysID *int64  `bun:"signature_keys_id" json:"signatureKeysId"`
	Meta            string  `bun:"meta" json:"meta"`

	// Shown at /products only: a change made elsewhere keeps them.
	Version     string `bun:"version" json:"-"`
	FeatureName string `bun:"feature_name" json:"-"` // of the feature in its Default template
	Generator   string `bun:"generator" json:"-"`    // a hostid.Generator; "" is lm_x

	SignatureKeys *Resource      `bun:"rel:belongs-to,join:signature_keys_id=id" json:"signatureKeys"`
	ProductOrders []ProductOrder `bun:"rel:has-many,join:id=product_id" json:"productOrders"`
}

// FillLists makes the lists that are not there empty, for answers.
func (p *Product) FillLists() {
	fill(&p.ProductOrders)
	for i := range p.ProductOrders {
		p.ProductOrders[i].FillLists()
	}
}

// ProductOrder is a product on an order.
type ProductOrder struct {
	ProductID   int64    `bun:"product_id,pk" json:"productId"`
	OrderID     int64    `bun:"order_id,pk" json:"orderId"`
	Quantity    int64    `bun:"quantity" json:"quantity"`
	UnitPrice   float64  `bun:"unit_price" json:"unitPrice"`
	Discount    float64  `bun:"discount" json:"discount"`
	Taxes       float64  `bun:"taxes" json:"taxes"`
	Description string   `bun:"description" json:"description"`
	Product     *Product `bun:"rel:belongs-to,join:product_id=id" json:"product"`
	Order       *Order   `bun:"rel:belongs-to,join:order_id=id" json:"order"`
}

// FillLists makes the lists of the relations that are not there empty, for
// answers.
func (o *ProductOrder) FillLists() {
	if o.Product != nil {
		o.Product.FillLists()
	}
	if o.Order != nil {
		o.Order.FillLists()
	}
}
