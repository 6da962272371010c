package entity

// Entitlements are what an organisation may use now.
type Entitlements struct {
	OrgID    string            `json:"orgId"`
	Licenses []EntitledLicense `json:"licenses"`
	Limits   []EntitledLimit   `json:"limits"`
}

// EntitledLicense says whether a license may be used now.
type EntitledLicense struct {
	LicenseDef     string `json:"licenseDef"` // the definition's public id
	Name           string `json:"name"`
	Granted        bool   `json:"granted"`
	ExpirationDate Time   `json:"expirationDate"` // until when, as things are now; none: no end, or not granted
}

// EntitledLimit says how much of a limit is left.
type EntitledLimit struct {
	Name    string `json:"name"`
	Granted bool   `json:"granted"` // the organisation has the limit; then 0 may be its value
	LimitUse
}

// LimitUse is how much of a limit is used.
type LimitUse struct {
	LimitDefinition string `json:"limitDefinition"` // its public id
	Value           int64  `json:"value"`           // in force: the smaller of the organisation's own and its parent's; NoMaximum; 0 where there is none
	Used            int64  `json:"used"`
	Left            int64  `json:"left"` // NoMaximum, or 0 and more: also where more is used than the value
}

// NewLimitUse works out what is left.
func NewLimitUse(definition string, value, used int64) LimitUse {
	left := int64(NoMaximum)
	if value != NoMaximum {
		left = max(0, value-used)
	}
	return LimitUse{LimitDefinition: definition, Value: value, Used: used, Left: left}
}

// LimitRequest asks to use units of a limit, or to give them back.
type LimitRequest struct {
	Limit          string `json:"limit"` // a limit definition's public id, or its name
	Units          int64  `json:"units"`
	IdempotencyKey string `json:"idempotencyKey"` // the caller's own, once for each request: a repeat gets the same answer
}

// maxIdempotencyKey is how long a key of a request may be, in bytes.
const maxIdempotencyKey = 128

// Validate judges a request by itself.
func (r *LimitRequest) Validate() error {
	var c check
	c.needed("limit", r.Limit, maxName)
	if r.Units == 0 {
		c.fail("units", "is missing")
	}
	c.between("units", &r.Units, 1, MaxLimit)
	c.needed("idempotencyKey", r.IdempotencyKey, maxIdempotencyKey)
	c.bytes("idempotencyKey", r.IdempotencyKey, maxIdempotencyKey)
	c.key("idempotencyKey", r.IdempotencyKey)
	return c.err
}
