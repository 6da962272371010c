package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// management is as much of the management API as the walk needs.
type management struct {
	base   string
	header http.Header
	http   *http.Client
}

func newManagement(cfg Config) *management {
	m := &management{
		base:   strings.TrimRight(cfg.URL, "/"),
		header: http.Header{"Content-Type": {"application/json"}},
		http:   cfg.HTTPClient,
	}
	if cfg.APIKey != "" {
		m.header.Set("x-api-key", cfg.APIKey)
	}
	if cfg.ClientSecret != "" {
		m.header.Set("x-client-secret", cfg.ClientSecret)
	}
	if m.http == nil {
		m.http = &http.Client{
			Timeout: 10 * time.Second,
			// net/http would carry the key to wherever a redirect points.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
	}
	return m
}

// made is what the API answers to an insertion; each kind fills its own id.
type made struct {
	Success    bool   `json:"success"`
	Message    string `json:"message"`
	ProductID  int64  `json:"productId"`
	TemplateID int64  `json:"templateId"`
	LicenseID  int64  `json:"licenseId"`
	KeyID      string `json:"licenseKeyId"` // the lic… string
	UserKey    string `json:"userKey"`
}

// insert posts an entity under the member name that its collection wants.
func (m *management) insert(ctx context.Context, path, member string, entity map[string]any) (*made, error) {
	body, err := json.Marshal(map[string]any{member: entity})
	if err != nil {
		return nil, fmt.Errorf("encode a %s: %w", member, err)
	}
	return m.call(ctx, http.MethodPost, path, body)
}

func (m *management) remove(ctx context.Context, path string, id int64) error {
	_, err := m.call(ctx, http.MethodDelete, fmt.Sprintf("%s/%d", path, id), nil)
	return err
}

func (m *management) call(ctx context.Context, method, path string, body []byte) (*made, error) {
	req, err := http.NewRequestWithContext(ctx, method, m.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	req.Header = m.header.Clone()
	resp, err := m.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return nil, fmt.Errorf("%s %s: read the answer: %w", method, path, err)
	}
	var answer made
	if json.Unmarshal(raw, &answer) != nil {
		return nil, fmt.Errorf("%s %s: status %d and no JSON: is this a licet server?", method, path, resp.StatusCode)
	}
	if resp.StatusCode != http.StatusOK || !answer.Success {
		reason := errors.New(answer.Message)
		if answer.Message == "" {
			reason = errors.New("no reason given")
		}
		return nil, fmt.Errorf("%s %s: status %d: %w", method, path, resp.StatusCode, reason)
	}
	return &answer, nil
}
