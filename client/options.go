package client

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

const (
	headerKey    = "X-Api-Key"
	headerSecret = "X-Client-Secret"
)

// Option configures a Client.
type Option func(*Client) error

// WithAPIKey authenticates by x-api-key.
func WithAPIKey(key string) Option { return header(headerKey, "", key) }

// WithClientSecret sends x-client-secret, which an API key may ask for.
func WithClientSecret(secret string) Option { return header(headerSecret, "", secret) }

// WithBearer authenticates by Authorization: Bearer, with a login token or an
// API key.
func WithBearer(token string) Option { return header("Authorization", "Bearer ", token) }

// WithUserAgent names the application in the server's log.
func WithUserAgent(agent string) Option { return header("User-Agent", "", agent) }

// WithHTTPClient sends through h, for a proxy or a certificate authority of
// one's own. Unless h has a redirect policy, redirects are not followed.
func WithHTTPClient(h *http.Client) Option {
	return func(c *Client) error {
		if h == nil {
			return errors.New("the HTTP client is nil")
		}
		c.http = h
		return nil
	}
}

// WithTimeout limits one attempt of a call, from sending to the last byte of
// the answer. The default is 10 seconds; Info of a license with very many seats
// may need more. What limits a call with its retries is
// its context.
func WithTimeout(d time.Duration) Option {
	return func(c *Client) error {
		if d <= 0 {
			return fmt.Errorf("the time-out %v is not positive", d)
		}
		c.timeout = d
		return nil
	}
}

// WithRetry replaces DefaultRetry.
func WithRetry(r Retry) Option {
	return func(c *Client) error {
		if err := r.validate(); err != nil {
			return err
		}
		c.retry = r
		return nil
	}
}

// WithoutRetry makes every call one attempt.
func WithoutRetry() Option { return WithRetry(Retry{Attempts: 1}) }

// header refuses here what net/http would refuse on every call, where it would
// look like an outage.
func header(name, prefix, value string) Option {
	return func(c *Client) error {
		if value == "" || strings.TrimSpace(value) != value {
			return fmt.Errorf("the value of %s is empty or has spaces around it", name)
		}
		for _, r := range value {
			if r < ' ' || r > '~' {
				return fmt.Errorf("the value of %s holds a character that a header cannot carry", name)
			}
		}
		c.header.Set(name, prefix+value)
		return nil
	}
}
