package entity

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Feature is a named right with an expiry and data of its own. Terms is what
// the license orders know of it and other surfaces do not show.
type Feature struct {
	ID          string        `json:"id"`
	Name        string        `json:"name"`
	Description string        `json:"description"`
	ExpireDate  Time          `json:"expireDate"`
	Key         string        `json:"key"`
	Data        string        `json:"data"` // base64
	Terms       *FeatureTerms `json:"-"`    // nil: the feature was not made in a license order
}

// FeatureTerms are the members of a feature of a license order. Dates are
// YYYY-MM-DD; what does not apply is empty or nil.
type FeatureTerms struct {
	Version            string  `json:"version"` // major.minor
	ExpirationType     string  `json:"expirationType"`
	ExpirationDate     string  `json:"expirationDate,omitempty"`
	DaysFromActivation *int64  `json:"daysFromActivation,omitempty"`
	IssuedType         string  `json:"issuedType"`
	IssuedDate         string  `json:"issuedDate,omitempty"`
	MaintenanceType    string  `json:"maintenanceType"`
	MaintenanceDate    string  `json:"maintenanceDate,omitempty"`
	MaintenanceDays    *int64  `json:"maintenanceDays,omitempty"`
	Count              *int64  `json:"count,omitempty"`
	Options            *string `json:"options,omitempty"`
	AdditionalSettings *string `json:"additionalSettings,omitempty"`
	Comment            *string `json:"comment,omitempty"`
	Enabled            bool    `json:"enabled"`
}

// The types of a feature's dates.
const (
	Fixed              = "fixed"
	DaysFromActivation = "days_from_activation"
	NoExpiration       = "no_expiration"
	NotIssued          = "not_issued"
	ActivationTime     = "activation_time"
	NoMaintenance      = "no_maintenance"
)

const dateLayout = "2006-01-02"

// EndOfDay is the last second of a date YYYY-MM-DD, UTC: what the date means
// as an end. Anything else has none.
func EndOfDay(date string) Time {
	day, err := time.Parse(dateLayout, date)
	if err != nil {
		return Time{}
	}
	return TimeOf(day.Add(24*time.Hour - time.Second))
}

// Date is the day of a moment, YYYY-MM-DD in UTC; "" when there is none.
func (t Time) Date() string {
	if t.IsZero() {
		return ""
	}
	return t.t.Format(dateLayout)
}

// OrderTerms are the feature's terms in a license order. Those of a feature
// that was made elsewhere follow from its expiry.
func (f *Feature) OrderTerms() FeatureTerms {
	if f.Terms != nil {
		return *f.Terms
	}
	t := FeatureTerms{Version: "1.0", IssuedType: NotIssued, MaintenanceType: NoMaintenance, Enabled: true}
	t.expire(f.ExpireDate)
	return t
}

// expire makes the terms say a moment that was set as the feature's end.
func (t *FeatureTerms) expire(end Time) {
	t.ExpirationType, t.ExpirationDate, t.DaysFromActivation = NoExpiration, end.Date(), nil
	if !end.IsZero() {
		t.ExpirationType = Fixed
	}
}

// EndFrom is when the feature ends on a machine that was activated then; none:
// never.
func (f *Feature) EndFrom(activated Time) Time {
	if f.Terms != nil && f.Terms.ExpirationType == DaysFromActivation {
		return daysAfter(activated, f.Terms.DaysFromActivation)
	}
	return f.ExpireDate
}

// MaintenanceEndFrom is when the feature's maintenance ends, likewise.
func (f *Feature) MaintenanceEndFrom(activated Time) Time {
	t := f.OrderTerms()
	switch t.MaintenanceType {
	case Fixed:
		return EndOfDay(t.MaintenanceDate)
	case DaysFromActivation:
		return daysAfter(activated, t.MaintenanceDays)
	}
	return Time{}
}

// daysAfter is the end of the day so many days after that of a moment.
func daysAfter(t Time, days *int64) Time {
	if days == nil || t.IsZero() {
		return Time{}
	}
	return EndOfDay(t.t.AddDate(0, 0, int(*days)).Format(dateLayout))
}

// IsEnabled says whether the feature is granted.
func (f *Feature) IsEnabled() bool { return f.Terms == nil || f.Terms.Enabled }

// FeatureList is the features of a license or template. One JSON in the books
// holds the members of all surfaces; on the wire it is a plain list.
type FeatureList []Feature

// storedFeature is a feature as the books have it.
type storedFeature struct {
	Feature
	Order *FeatureTerms `json:"order,omitempty"`
}

// Value stores the list with the terms of license orders.
func (l FeatureList) Value() (driver.Value, error) {
	if l == nil {
		return nil, nil
	}
	stored := make([]storedFeature, len(l))
	for i, f := range l {
		stored[i] = storedFeature{f, f.Terms}
	}
	text, err := json.Marshal(stored)
	if err != nil {
		return nil, fmt.Errorf("store features: %w", err)
	}
	return string(text), nil
}

// Scan reads what Value stored.
func (l *FeatureList) Scan(src any) error {
	var text []byte
	switch v := src.(type) {
	case nil:
		*l = nil
		return nil
	case string:
		text = []byte(v)
	case []byte:
		text = v
	default:
		return fmt.Errorf("scan features from %T", src)
	}
	var stored []storedFeature
	if err := json.Unmarshal(text, &stored); err != nil {
		return fmt.Errorf("read stored features: %w", err)
	}
	if stored == nil {
		*l = nil
		return nil
	}
	*l = make(FeatureList, len(stored))
	for i, s := range stored {
		s.Feature.Terms = s.Order
		(*l)[i] = s.Feature
	}
	return nil
}

// KeepTerms gives the features, as another surface than the license orders sent
// them, the terms that they had in old. An expiry that was changed changes the
// terms too.
func (l FeatureList) KeepTerms(old FeatureList) {
	l.pair(old, func(f, was *Feature) {
		if f.Terms = was.Terms; was.Terms != nil && !f.ExpireDate.Equal(was.ExpireDate) {
			changed := *was.Terms
			changed.expire(f.ExpireDate)
			f.Terms = &changed
		}
	})
}

// KeepRest gives the features, as the license orders sent them, what other
// surfaces had said of them in old.
func (l FeatureList) KeepRest(old FeatureList) {
	l.pair(old, func(f, was *Feature) {
		f.ID, f.Description, f.Key, f.Data = was.ID, was.Description, was.Key, was.Data
	})
}

// pair finds the feature of old that each is: the one of the same name, and of
// several of one name that in the same place.
func (l FeatureList) pair(old FeatureList, keep func(f, was *Feature)) {
	byName := make(map[string][]*Feature, len(old))
	for i := range old {
		name := strings.ToLower(old[i].Name)
		byName[name] = append(byName[name], &old[i])
	}
	for i := range l {
		name := strings.ToLower(l[i].Name)
		if same := byName[name]; len(same) > 0 {
			keep(&l[i], same[0])
			byName[name] = same[1:]
		}
	}
}

// CountsFromActivation says whether an enabled feature ends some days after an
// activation.
func (l FeatureList) CountsFromActivation() bool {
	for i := range l {
		if l[i].IsEnabled() && l[i].Terms != nil && l[i].Terms.ExpirationType == DaysFromActivation {
			return true
		}
	}
	return false
}

// ActivatedAt are the features as they end on a machine that was activated then.
func (l FeatureList) ActivatedAt(t Time) FeatureList {
	list := make(FeatureList, len(l))
	for i := range l {
		list[i] = l[i]
		list[i].ExpireDate = l[i].EndFrom(t)
	}
	return list
}

// LastEnd is when the last of the enabled features ends; none if any of them
// never ends, or only some days after an activation.
func (l FeatureList) LastEnd() (last Time) {
	for _, f := range l.Granted() {
		if f.ExpireDate.IsZero() {
			return Time{}
		}
		if f.ExpireDate.Std().After(last.Std()) {
			last = f.ExpireDate
		}
	}
	return last
}

// Granted are the features that are enabled.
func (l FeatureList) Granted() FeatureList {
	granted := make(FeatureList, 0, len(l))
	for i := range l {
		if l[i].IsEnabled() {
			granted = append(granted, l[i])
		}
	}
	return granted
}

// JSONSchemaAlias is the plain list: on the wire the type does not show.
func (FeatureList) JSONSchemaAlias() any { return []Feature(nil) }
