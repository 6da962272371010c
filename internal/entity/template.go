package entity

// LicenseTemplate is the blueprint that a license takes what its caller did
// not say from.
type LicenseTemplate struct {
	ID              int64         `bun:"id,pk,autoincrement" json:"id"`
	Name            string        `bun:"name" json:"name"`
	Code            string        `bun:"code" json:"code"`
	LicenseType     string        `bun:"license_type" json:"licenseType"`
	Format          Format        `bun:"format" json:"format"`
	LicensingMode   LicensingMode `bun:"licensing_mode" json:"licensingMode"`
	LicenseFileName string        `bun:"license_file_name" json:"licenseFileName"`
	IssueDate       bool          `bun:"issue_date" json:"issueDate"`     // whether the document states its issue date
	ExpireDays      *int64        `bun:"expire_days" json:"expireDays"`   // days from issue; null: never
	SupportDays     *int64        `bun:"support_days" json:"supportDays"` // days from issue; null: none stated
	GenerateKeyInfo bool          `bun:"generate_key_info" json:"generateKeyInfo"`
	UserKey         string        `bun:"user_key" json:"userKey"` // key format for its licenses; "": the server's setting
	Description     string        `bun:"description" json:"description"`
	Template        string        `bun:"template" json:"template"` // the unsigned skeleton document, rebuilt on write
	ProductID       *int64        `bun:"product_id" json:"productId"`
	SignatureKeysID *int64        `bun:"signature_keys_id" json:"signatureKeysId"`
	ReleaseID       *int64        `bun:"release_id" json:"releaseId"`
	Product         *ProductInfo  `bun:"product,type:text" json:"product"`
	OrderTerms      *OrderTerms   `bun:"order_terms,type:text" json:"-"` // for license orders; a change made elsewhere keeps them

	Contents
}
