package entity

import (
	"cmp"
	"strings"
)

// Customer is who buys; shared by the management and orders surfaces.
type Customer struct {
	ID             int64     `bun:"id,pk,autoincrement" json:"id" query:"owner"`
	Title          string    `bun:"title" json:"title"`
	FirstName      string    `bun:"first_name" json:"firstName"`
	LastName       string    `bun:"last_name" json:"lastName"`
	Company        string    `bun:"company" json:"company"`
	Code           string    `bun:"code" json:"code"`
	VATCode        string    `bun:"vat_code" json:"vatCode"`
	InvoiceCode    string    `bun:"invoice_code" json:"invoiceCode"`
	Rating         int64     `bun:"rating" json:"rating"`
	CreatedAt      Time      `bun:"created_at" json:"createdAt"`
	UpdatedAt      Time      `bun:"updated_at" json:"updatedAt"`
	Address        string    `bun:"address" json:"address"`
	Address1       string    `bun:"address1" json:"address1"`
	Address2       string    `bun:"address2" json:"address2"`
	PostalCode     string    `bun:"postal_code" json:"postalCode"`
	Region         string    `bun:"region" json:"region"`
	City           string    `bun:"city" json:"city"`
	Country        string    `bun:"country" json:"country"`
	CountryCode    string    `bun:"country_code" json:"countryCode"`
	MapCoordinates string    `bun:"map_coordinates" json:"mapCoordinates"`
	MapZoomLevel   float64   `bun:"map_zoom_level" json:"mapZoomLevel"`
	Email          string    `bun:"email" json:"email"`
	Phone          string    `bun:"phone" json:"phone"`
	Mobile         string    `bun:"mobile" json:"mobile"`
	Fax            string    `bun:"fax" json:"fax"`
	Website        string    `bun:"website" json:"website"`
	Notes          string    `bun:"notes" json:"notes"`
	IsReseller     bool      `bun:"is_reseller" json:"isReseller"`
	Image          string    `bun:"image" json:"image"`
	Meta           string    `bun:"meta" json:"meta"`
	Contacts       []Contact `bun:"rel:has-many,join:id=customer_id" json:"contacts"`

	CustomTags []CustomTag `bun:"rel:has-many,join:id=customer_id" json:"-"` // of the license orders' surface
}

// FillLists makes the list that is not there empty, for answers.
func (c *Customer) FillLists() { fill(&c.Contacts) }

// ShownName is the customer's one name: the company, or else the person.
func (c *Customer) ShownName() string {
	return cmp.Or(c.Company, strings.TrimSpace(c.FirstName+" "+c.LastName))
}

// Contact is a person at a customer.
type Contact struct {
	ID         int64  `bun:"id,pk,autoincrement" json:"id"`
	Title      string `bun:"title" json:"title"`
	FirstName  string `bun:"first_name" json:"firstName"`
	LastName   string `bun:"last_name" json:"lastName"`
	Email      string `bun:"email" json:"email"`
	Phone      string `bun:"phone" json:"phone"`
	Mobile     string `bun:"mobile" json:"mobile"`
	Fax        string `bun:"fax" json:"fax"`
	Details    string `bun:"details" json:"details"`
	Notify     bool   `bun:"notify" json:"notify"`
	CustomerID int64  `bun:"customer_id" json:"customerId" query:"owner"`
	Meta       string `bun:"meta" json:"meta"`

	// Shown at /customers only: a change made elsewhere keeps them.
	Name      string `bun:"name" json:"-"` // "": first and last name
	CreatedAt Time   `bun:"created_at" json:"-"`
	UpdatedAt Time   `bun:"updated_at" json:"-"`
}

// ShownName is the contact's one name.
func (c *Contact) ShownName() string {
	return cmp.Or(c.Name, strings.TrimSpace(c.FirstName+" "+c.LastName))
}

// Order is a sale of the management API (a license order is something else:
// a license with rules of its own).
type Order struct {
	ID            int64     `bun:"id,pk,autoincrement" json:"id"`
	OrderNumber   string    `bun:"order_number" json:"orderNumber"`
	Status        string    `bun:"status" json:"status"`
	ProcessedBy   string    `bun:"processed_by" json:"processedBy"`
	PurchaseOrder string    `bun:"purchase_order" json:"purchaseOrder"`
	Total         float64   `bun:"total" json:"total"`
	Currency      string    `bun:"currency" json:"currency"`
	CreatedAt     Time      `bun:"created_at" json:"createdAt"`
	UpdatedAt     Time      `bun:"updated_at" json:"updatedAt"`
	InvoiceNumber string    `bun:"invoice_number" json:"invoiceNumber"`
	PaymentType   string    `bun:"payment_type" json:"paymentType"`
	PaymentNumber string    `bun:"payment_number" json:"paymentNumber"`
	PaymentStatus string    `bun:"payment_status" json:"paymentStatus"`
	PaymentDate   Time      `bun:"payment_date" json:"paymentDate"`
	Description   string    `bun:"description" json:"description"`
	CustomerID    *int64    `bun:"customer_id" json:"customerId" query:"owner"`
	Customer      *Customer `bun:"rel:belongs-to,join:customer_id=id" json:"customer"`
	ResellerID    *int64    `bun:"reseller_id" json:"resellerId"`
}

// FillLists makes the lists of the customer that are not there empty, for
// answers.
func (o *Order) FillLists() {
	if o.Customer != nil {
		o.Customer.FillLists()
	}
}
