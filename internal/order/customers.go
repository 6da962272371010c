package order

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/uptrace/bun"

	"github.com/licet/licet/internal/books"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/store"
)

// CustomerInput is a customer as it was sent; what is nil was not.
type CustomerInput struct {
	Name        *string         `json:"name"`
	Description *string         `json:"description"`
	PhoneNumber *string         `json:"phone_number"`
	FaxNumber   *string         `json:"fax_number"`
	Street      *string         `json:"street"`
	City        *string         `json:"city"`
	Country     *string         `json:"country"`
	ZipCode     *string         `json:"zip_code"`
	State       *string         `json:"state"`
	Contacts    *[]ContactInput `json:"Contacts"`
	CustomTags  *[]TagInput     `json:"CustomTags"`
}

// ContactInput is a person at a customer, as sent. One with the id of a contact
// of the customer is that one.
type ContactInput struct {
	ID    *entity.Whole `json:"id"`
	Name  string        `json:"name"`
	Email string        `json:"email"`
}

// TagInput is a custom tag, as sent.
type TagInput struct {
	Name  string `json:"tag_name"`
	Value string `json:"value"`
}

// put sets what was sent, and says by the names of the plain books what of the
// customer's own that is.
func (in *CustomerInput) put(c *entity.Customer) {
	for _, m := range []struct {
		sent *string
		into *string
	}{
		{in.Name, &c.Company}, {in.Description, &c.Notes}, {in.PhoneNumber, &c.Phone}, {in.FaxNumber, &c.Fax}, {in.Street, &c.Address},
		{in.City, &c.City}, {in.Country, &c.Country}, {in.ZipCode, &c.PostalCode}, {in.State, &c.Region},
	} {
		if m.sent != nil {
			*m.into = *m.sent
		}
	}
	if in.Contacts != nil {
		c.Contacts = make([]entity.Contact, len(*in.Contacts))
		for i, sent := range *in.Contacts {
			c.Contacts[i] = entity.Contact{Name: sent.Name, Email: sent.Email}
			if sent.ID != nil {
				c.Contacts[i].ID = int64(*sent.ID)
			}
		}
	}
	if in.CustomTags != nil {
		c.CustomTags = make([]entity.CustomTag, len(*in.CustomTags))
		for i, sent := range *in.CustomTags {
			c.CustomTags[i] = entity.CustomTag{Name: sent.Name, Value: sent.Value}
		}
	}
}

// members names what was sent as the plain books do, for them and the audit.
func (in *CustomerInput) members() entity.Members {
	m := entity.Members{}
	for name, given := range map[string]bool{
		"company": in.Name != nil, "notes": in.Description != nil, "phone": in.PhoneNumber != nil, "fax": in.FaxNumber != nil,
		"address": in.Street != nil, "city": in.City != nil, "country": in.Country != nil, "postalCode": in.ZipCode != nil,
		"region": in.State != nil, "contacts": in.Contacts != nil, books.TagsMember: in.CustomTags != nil,
	} {
		if given {
			m[entity.Fold(name)] = true
		}
	}
	return m
}

// check judges what the plain books would let pass: a customer has a name here.
// A person made elsewhere may keep theirs by leaving it out.
func (in *CustomerInput) check(isNew bool) error {
	if in.Name == nil && isNew || in.Name != nil && strings.TrimSpace(*in.Name) == "" {
		return fault.Bad("name", "is missing")
	}
	if in.Contacts != nil {
		for i, c := range *in.Contacts {
			if strings.TrimSpace(c.Name) == "" {
				return fault.Bad(at("Contacts", i, "name"), "is missing")
			}
		}
	}
	return nil
}

// customerFault names the member that is at fault as this surface does.
func customerFault(err error) error {
	f := fault.Of(err)
	if f == nil || f.Kind != fault.Invalid {
		return err
	}
	names := map[string]string{
		"company": "name", "notes": "description", "phone": "phone_number", "fax": "fax_number", "address": "street",
		"postalCode": "zip_code", "region": "state", "contacts": "Contacts",
	}
	if name, ok := names[f.Field]; ok {
		return fault.Bad(name, "%s", f.Message)
	}
	if rest, ok := strings.CutPrefix(f.Field, "contacts["); ok {
		return fault.Bad("Contacts["+rest, "%s", f.Message)
	}
	return err
}

// InsertCustomer adds a customer with its contacts and tags.
func (s *Service) InsertCustomer(ctx context.Context, in CustomerInput) (*entity.Customer, error) {
	if err := in.check(true); err != nil {
		return nil, err
	}
	sent := entity.Sent[entity.Customer]{Members: in.members()}
	in.put(&sent.Value)
	written, err := s.books.InsertCustomer(ctx, sent)
	if err != nil {
		return nil, customerFault(err)
	}
	return s.Customer(ctx, written.ID)
}

// UpdateCustomer merges what was sent into a customer; contacts and tags replace
// those that were there. What only other surfaces show stays.
func (s *Service) UpdateCustomer(ctx context.Context, id int64, in CustomerInput) (*entity.Customer, error) {
	if err := in.check(false); err != nil {
		return nil, err
	}
	if _, err := s.books.PatchCustomer(ctx, id, in.members(), in.put); err != nil {
		return nil, missing(customerFault(err), "Customer id does not exist.")
	}
	return s.Customer(ctx, id)
}

// missing gives NotFound the text that this surface's page has for it.
func missing(err error, text string) error {
	if fault.IsKind(err, fault.NotFound) || errors.Is(err, store.ErrNoRow) {
		return fault.New(fault.NotFound, "%s", text)
	}
	return err
}

func (s *Service) customers(into any) *bun.SelectQuery {
	byID := func(q *bun.SelectQuery) *bun.SelectQuery { return q.Order("id") }
	return s.store.Read().NewSelect().Model(into).ExcludeColumn("image", "meta").Relation("Contacts", byID).Relation("CustomTags", byID)
}

// Customer reads a customer with contacts and tags.
func (s *Service) Customer(ctx context.Context, id int64) (*entity.Customer, error) {
	c := new(entity.Customer)
	if err := s.customers(c).Where("?TableAlias.id = ?", id).Scan(ctx); err != nil {
		return nil, fmt.Errorf("read customer %d: %w", id, missing(store.Normalise(err), "Customer id does not exist."))
	}
	return c, nil
}

// CustomerFilter narrows a list of customers; what is empty does not.
type CustomerFilter struct {
	Offset   int64
	Name     string // part of it, in any case
	Email    string // part of the customer's or a contact's, in any case
	TagName  string // goes with TagValue
	TagValue string // part of it, in any case
}

// Customers lists customers, the oldest first, a page at a time.
func (s *Service) Customers(ctx context.Context, f CustomerFilter) ([]entity.Customer, error) {
	skip, err := offset(f.Offset)
	if err != nil {
		return nil, err
	}
	rows := []entity.Customer{}
	q := s.customers(&rows)
	if f.Name != "" {
		q = q.Where(s.contains(`CASE WHEN ?TableAlias.company <> '' THEN ?TableAlias.company ELSE trim(?TableAlias.first_name || ' ' || ?TableAlias.last_name) END`), lower(f.Name))
	}
	if f.Email != "" {
		q = q.Where("("+s.contains("?TableAlias.email")+" OR EXISTS (SELECT 1 FROM contacts k WHERE k.customer_id = ?TableAlias.id AND "+s.contains("k.email")+"))",
			lower(f.Email), lower(f.Email))
	}
	if (f.TagName != "") != (f.TagValue != "") {
		return nil, fault.Bad("custom_tag_value", "goes with custom_tag_name: send both or neither")
	}
	if f.TagName != "" {
		q = q.Where("EXISTS (SELECT 1 FROM custom_tags t WHERE t.customer_id = ?TableAlias.id AND t.tag_name = ? AND "+s.contains("t.value")+")",
			f.TagName, lower(f.TagValue))
	}
	if err := q.Order("id").Offset(skip).Limit(PageSize).Scan(ctx); err != nil {
		return nil, fmt.Errorf("list customers: %w", store.Normalise(err))
	}
	return rows, nil
}
