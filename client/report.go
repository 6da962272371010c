package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"
)

// LicenseReport is the name of reports on what an application used. Where their
// content is a JSON object, the server adds them up: whole numbers by their
// sum, for the same license, machine, client and version.
const LicenseReport = "LicenseReport"

// Report is what an application tells its vendor. Name and the user key of Seat
// are needed.
type Report struct {
	Seat        Seat              // whom it is about
	Name        string            // LicenseReport, ExceptionReport or the vendor's own
	Version     string            // of the application
	Date        time.Time         // zero: when the server takes it
	ContentType string            // of Content, such as application/json
	Content     string            // at most 256 KiB
	Properties  map[string]string // details by name, at most 100
}

// Report sends a report. It is tried once, whatever the client's Retry: after a
// lost answer the report may be there, and sent again it would count twice. An
// application should do with a failure what it does with a lost log line.
func (c *Client) Report(ctx context.Context, r Report) error {
	body, err := json.Marshal(map[string]reportWire{"report": wireOf(r)})
	if err != nil {
		return fmt.Errorf("encode the report: %w", err)
	}
	asked := call{http.MethodPost, "/v1/reports", body, maxAnswer, refusedByManagement}
	_, _, err = exchange[reportAnswer](ctx, c, Retry{Attempts: 1}, asked)
	return err
}

type reportWire struct {
	seatWire
	Name        string         `json:"name"`
	Version     string         `json:"version"`
	Date        *time.Time     `json:"date,omitempty"`
	ContentType string         `json:"contentType"`
	Content     string         `json:"content"`
	Properties  []propertyWire `json:"properties"`
}

type propertyWire struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

func wireOf(r Report) reportWire {
	w := reportWire{
		seatWire: seatWire(r.Seat), Name: r.Name, Version: r.Version,
		ContentType: r.ContentType, Content: r.Content, Properties: []propertyWire{},
	}
	if !r.Date.IsZero() {
		date := r.Date.UTC()
		w.Date = &date
	}
	for _, name := range slices.Sorted(maps.Keys(r.Properties)) {
		w.Properties = append(w.Properties, propertyWire{name, r.Properties[name]})
	}
	return w
}

type reportAnswer struct {
	ID      int64 `json:"reportId"`
	Success bool  `json:"success"`
}

func (a reportAnswer) complete() error {
	if !a.Success || a.ID == 0 {
		return errors.New("the answer takes no report, yet names no reason")
	}
	return nil
}

// headerOfCode names an error of the management API, where it has a name.
const headerOfCode = "X-Licet-Code"

// refusedByManagement reads an answer other than 200 in the form of the
// management API. A number without a name is never a denial: 5 is any thing
// that is not there.
func refusedByManagement(resp *http.Response, raw []byte) *Error {
	media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	var w struct {
		Success *bool  `json:"success"`
		Code    *int   `json:"code"`
		Message string `json:"message"`
	}
	if !strings.EqualFold(media, "application/json") || json.Unmarshal(raw, &w) != nil || w.Success == nil || w.Code == nil {
		return malformed(resp, "the answer is not an error of the management API")
	}
	code := Code(resp.Header.Get(headerOfCode))
	if code == "" {
		code = codeOfStatus(resp.StatusCode)
	}
	return &Error{
		Status: resp.StatusCode, Code: code, Message: w.Message,
		RetryAfter: headerSeconds(resp.Header), RequestID: requestID(resp.Header),
	}
}

func codeOfStatus(status int) Code {
	switch status {
	case http.StatusBadRequest:
		return Invalid
	case http.StatusUnauthorized:
		return Unauthenticated
	case http.StatusForbidden:
		return Forbidden
	case http.StatusRequestEntityTooLarge:
		return TooLarge
	case http.StatusTooManyRequests:
		return Throttled
	case http.StatusServiceUnavailable:
		return Unavailable
	case http.StatusInternalServerError:
		return Internal
	}
	return ""
}
