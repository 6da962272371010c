package entity

// Resource is a named blob: a signing key, an e-mail template, an asset. On a
// signing key Data holds the public PEM as shown; the private part is in
// Sealed, encrypted under the server key, and never leaves.
type Resource struct {
	ID          int64   `bun:"id,pk,autoincrement" json:"id"`
	Name        string  `bun:"name" json:"name"`
	Type        string  `bun:"type" json:"type"` // RSA and Ed25519 are signing keys
	Code        string  `bun:"code" json:"code"`
	Description string  `bun:"description" json:"description"`
	Source      string  `bun:"source" json:"source"`        // the file it came from
	Password    *string `bun:"-" json:"password" query:"-"` // opens imported data; never kept, null when read
	CreatedAt   Time    `bun:"created_at" json:"createdAt"`
	UpdatedAt   Time    `bun:"updated_at" json:"updatedAt"`
	Data        string  `bun:"data" json:"data"`
	DataFormat  string  `bun:"data_format" json:"dataFormat"`
	Meta        string  `bun:"meta" json:"meta"`

	Sealed []byte `bun:"sealed" json:"-"` // encrypted PKCS#8; nil on anything but a signing key

	// Of signing keys only, and the server's to say.
	KeyID     string `bun:"key_id" json:"keyId,omitempty"`         // RFC 7638 thumbprint, kid of documents
	IsDefault bool   `bun:"is_default" json:"isDefault,omitempty"` // the server's own key of this type
	RevokedAt Time   `bun:"revoked_at" json:"revokedAt,omitzero"`  // since when the key is no longer believed
}

// The resource types that are signing keys.
const (
	ResourceRSA     = "RSA"
	ResourceEd25519 = "Ed25519"
)

// IsSigningKey says whether the resource holds a private key.
func (r *Resource) IsSigningKey() bool {
	return r.Type == ResourceRSA || r.Type == ResourceEd25519
}
