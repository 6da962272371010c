package entity

import (
	"strings"

	"github.com/licet/licet/internal/fault"
)

// Role is one of the five global roles, for the vendor's staff and machines.
type Role string

// The roles (behaviour file, section 6).
const (
	Administrator  Role = "Administrator"
	LicenseManager Role = "LicenseManager"
	Sales          Role = "Sales"
	CustomerRole   Role = "Customer"
	Application    Role = "Application"
)

// Roles lists all of them, in the order of the page.
func Roles() []Role {
	return []Role{Administrator, LicenseManager, Sales, CustomerRole, Application}
}

// ParseRoles reads a list of role names with commas between, in any case and
// each at most once. field names the list in the fault of an unknown one.
func ParseRoles(field, list string) ([]Role, error) {
	var names []Role
	for name := range strings.SplitSeq(list, ",") {
		names = append(names, Role(strings.TrimSpace(name)))
	}
	return KnownRoles(field, names)
}

// KnownRoles gives roles their spelling, each once, in the order of Roles. An
// unknown one is Invalid.
func KnownRoles(field string, names []Role) ([]Role, error) {
	named := map[Role]bool{}
	for _, name := range names {
		role, ok := knownRole(name)
		if !ok {
			return nil, fault.Bad(field, "there is no role %.80q", name)
		}
		named[role] = true
	}
	var known []Role
	for _, role := range Roles() {
		if named[role] {
			known = append(known, role)
		}
	}
	return known, nil
}

func knownRole(name Role) (Role, bool) {
	for _, role := range Roles() {
		if strings.EqualFold(string(role), string(name)) {
			return role, true
		}
	}
	return "", false
}

// Permission is a set of bits that narrows what an API key may do.
type Permission int

// The bits (behaviour file, section 1.6).
const (
	Read   Permission = 1
	Write  Permission = 2
	Delete Permission = 4
	Create Permission = 8
	// AllPermissions is every bit.
	AllPermissions = Read | Write | Delete | Create
)

// User is a person or machine that may sign in.
type User struct {
	ID                  string `bun:"id,pk" json:"id"` // UUIDv7
	UserName            string `bun:"user_name" json:"userName"`
	Email               string `bun:"email" json:"email"`
	PhoneNumber         string `bun:"phone_number" json:"phoneNumber"`
	Title               string `bun:"title" json:"title"`
	FirstName           string `bun:"first_name" json:"firstName"`
	LastName            string `bun:"last_name" json:"lastName"`
	Department          string `bun:"department" json:"department"`
	BirthDate           Time   `bun:"birth_date" json:"birthDate"`
	CreatedAt           Time   `bun:"created_at" json:"createdAt"`
	UpdatedAt           Time   `bun:"updated_at" json:"updatedAt"`
	LastDismissMessages Time   `bun:"last_dismiss_messages" json:"lastDismissMessages"`
	LastLogIn           Time   `bun:"last_log_in" json:"lastLogIn"`
	Rank                int64  `bun:"rank" json:"rank"`
	Image               string `bun:"image" json:"image"`
	Address             string `bun:"address" json:"address"`
	PostalCode          string `bun:"postal_code" json:"postalCode"`
	Region              string `bun:"region" json:"region"`
	City                string `bun:"city" json:"city"`
	Country             string `bun:"country" json:"country"`
	CountryCode         string `bun:"country_code" json:"countryCode"`
	Mobile              string `bun:"mobile" json:"mobile"`
	Notes               string `bun:"notes" json:"notes"`
	CustomerID          *int64 `bun:"customer_id" json:"customerId"`

	Roles    []Role        `bun:"roles,scanonly" json:"roles"` // rows of user_roles
	APIKeys  []APIKey      `bun:"rel:has-many,join:id=owner_id" json:"apiKeys"`
	Settings []UserSetting `bun:"rel:has-many,join:id=user_id" json:"settings"`

	NameKey      string `bun:"name_key,nullzero" json:"-"` // Fold of UserName: unique, and what a login looks for
	PasswordHash string `bun:"password_hash" json:"-"`     // argon2id, PHC string; "" cannot log in
}

// FillLists makes lists that were not read empty instead of null.
func (u *User) FillLists() {
	if u.Roles == nil {
		u.Roles = []Role{}
	}
	if u.APIKeys == nil {
		u.APIKeys = []APIKey{}
	}
	if u.Settings == nil {
		u.Settings = []UserSetting{}
	}
}

// UserSetting is something that a program keeps for a user, such as the layout
// of a table. A user has one of each category, group and name.
type UserSetting struct {
	ID          int64  `bun:"id,pk,autoincrement" json:"id"`
	Category    string `bun:"category" json:"category"`
	Group       string `bun:"group_name" json:"group"`
	Name        string `bun:"name" json:"name"`
	Value       string `bun:"value" json:"value"`
	Type        string `bun:"type" json:"type"`
	Description string `bun:"description" json:"description"`
	ReadOnly    bool   `bun:"read_only" json:"readOnly"` // only an administrator changes it
	UserID      string `bun:"user_id" json:"userId"`
}

// RoleDescription tells people what a role is for.
type RoleDescription struct {
	ID          string `bun:"id,pk" json:"id"` // the Role itself
	Name        string `bun:"name" json:"name"`
	Description string `bun:"description" json:"description"`
}

// APIKey acts as its owner, narrowed by Permissions. Only a SHA-256 of the key
// is stored; Key shows a prefix, and once, on creation, the key itself.
type APIKey struct {
	ID           int64      `bun:"id,pk,autoincrement" json:"id"`
	Name         string     `bun:"name" json:"name"`
	Key          string     `bun:"key_prefix" json:"key"`           // such as api_ab12…
	ClientSecret *string    `bun:"-" json:"clientSecret" query:"-"` // write only; always null when read
	CreatedDate  Time       `bun:"created_date" json:"createdDate"`
	ExpireDate   Time       `bun:"expire_date" json:"expireDate"`
	OwnerID      string     `bun:"owner_id" json:"ownerId"`
	Revoked      bool       `bun:"revoked" json:"revoked"`
	Permissions  Permission `bun:"permissions" json:"permissions"`
	Description  string     `bun:"description" json:"description"`

	KeyHash    []byte `bun:"key_hash" json:"-"`
	SecretHash []byte `bun:"secret_hash" json:"-"` // nil: no client secret wanted
}
