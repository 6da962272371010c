package entity

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
	ID           string `bun:"id,pk" json:"id"` // UUIDv7
	UserName     string `bun:"user_name" json:"userName"`
	Email        string `bun:"email" json:"email"`
	PasswordHash string `bun:"password_hash" json:"-"` // argon2id, PHC string; "" cannot log in
	CustomerID   *int64 `bun:"customer_id" json:"customerId"`
	CreatedAt    Time   `bun:"created_at" json:"createdAt"`
	UpdatedAt    Time   `bun:"updated_at" json:"updatedAt"`
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
