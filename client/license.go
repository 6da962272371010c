package client

import (
	"fmt"
	"time"
)

// License is what a signed document says. Dates that are not stated are zero;
// members that this version does not know are passed over.
type License struct {
	ID                string        `json:"licenseId"`
	Type              string        `json:"type"`
	Mode              string        `json:"mode"`  // file, activation or floating
	Sites             *int64        `json:"sites"` // seats; nil: unlimited
	IssueDate         time.Time     `json:"issueDate"`
	ExpireDate        time.Time     `json:"expireDate"`        // zero: never
	SupportExpireDate time.Time     `json:"supportExpireDate"` // zero: none stated
	Licensee          Licensee      `json:"licensee"`
	Product           Product       `json:"product"`
	Components        []string      `json:"components"`
	Assemblies        []Assembly    `json:"assemblies"`
	Fields            []Field       `json:"fields"`
	Features          []Feature     `json:"features"`
	Restrictions      []Restriction `json:"restrictions"`
}

// Licensee is who the license was issued to.
type Licensee struct {
	Name        string `json:"name"`
	Company     string `json:"company"`
	ContactInfo string `json:"contactInfo"`
	URL         string `json:"url"`
}

// Product is what the license is for; ID is the vendor's code for it.
type Product struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Version     string `json:"version"`
	Copyright   string `json:"copyright"`
	URL         string `json:"url"`
	Description string `json:"description"`
}

// Assembly is an assembly that the license covers; its version may be a
// wildcard (1.*) or a range ([1.0.0.0-2.0.0.0]).
type Assembly struct {
	Name           string `json:"name"`
	Version        string `json:"version"`
	Culture        string `json:"culture"`
	PublicKeyToken string `json:"publicKeyToken"`
}

// Field is a named value.
type Field struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Feature is a named right, with an end and data of its own.
type Feature struct {
	ID          string    `json:"id"`
	Name        string    `json:"name"`
	Description string    `json:"description"`
	ExpireDate  time.Time `json:"expireDate"` // zero: with the license
	Key         string    `json:"key"`
	Data        string    `json:"data"` // base64
}

// Restriction is a limit that the application enforces.
type Restriction struct {
	ID               string            `json:"id"`
	Name             string            `json:"name"`
	ExpireDate       time.Time         `json:"expireDate"`
	Properties       map[string]string `json:"properties"`
	CustomXMLContent string            `json:"customXmlContent"`
}

// The restriction that binds a document to a machine.
const (
	hardwareName     = "Hardware"
	hardwareProperty = "HardwareKey"
)

// Check says whether the license holds. A license ends at the very moment of
// its ExpireDate. Restrictions other than Hardware are the application's to
// judge.
func (l *License) Check(c Check) error {
	at := c.At
	if at.IsZero() {
		at = time.Now()
	}
	if !l.ExpireDate.IsZero() && !at.Before(l.ExpireDate) {
		return fmt.Errorf("%w: on %s", DocumentExpired, l.ExpireDate.UTC().Format(time.RFC3339))
	}
	if c.MachineID == "" {
		return nil
	}
	return l.checkMachine(c.MachineID)
}

// checkMachine wants a Hardware restriction that names the machine. There may
// be several, for several machines.
func (l *License) checkMachine(machineID string) error {
	bound := false
	for _, r := range l.Restrictions {
		if r.Name != hardwareName {
			continue
		}
		if r.Properties[hardwareProperty] == machineID {
			return nil
		}
		bound = true
	}
	if bound {
		return fmt.Errorf("%w: it is bound to another", WrongMachine)
	}
	return fmt.Errorf("%w: it is bound to none", WrongMachine)
}

// Feature finds a feature by its id that is in force at the given time.
func (l *License) Feature(id string, at time.Time) (Feature, bool) {
	for _, f := range l.Features {
		if f.ID == id && (f.ExpireDate.IsZero() || at.Before(f.ExpireDate)) {
			return f, true
		}
	}
	return Feature{}, false
}
