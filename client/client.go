package client

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Client speaks to one server. It is safe for concurrent use; make it with New.
type Client struct {
	base    string // without a trailing slash
	http    *http.Client
	header  http.Header
	timeout time.Duration // of one attempt
	retry   Retry
}

// New makes a client of the server at baseURL, such as https://licenses.example.com.
// A path is kept, so a server behind a prefix works.
func New(baseURL string, opts ...Option) (*Client, error) {
	base, err := parseBase(baseURL)
	if err != nil {
		return nil, err
	}
	c := &Client{
		base:    base,
		http:    &http.Client{},
		header:  http.Header{},
		timeout: 10 * time.Second,
		retry:   DefaultRetry(),
	}
	c.header.Set("User-Agent", "licet-client-go")
	for _, opt := range opts {
		if err := opt(c); err != nil {
			return nil, fmt.Errorf("configure the client: %w", err)
		}
	}
	if c.header.Get(headerKey) != "" && c.header.Get("Authorization") != "" {
		return nil, fmt.Errorf("configure the client: an API key and a bearer token exclude each other")
	}
	refuseRedirects(c)
	return c, nil
}

func parseBase(baseURL string) (string, error) {
	u, err := url.Parse(baseURL)
	if err != nil {
		return "", fmt.Errorf("parse the server's address: %w", err)
	}
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return "", fmt.Errorf("the server's address must start with http:// or https://")
	case u.Host == "":
		return "", fmt.Errorf("the server's address names no host")
	case u.User != nil:
		return "", fmt.Errorf("the server's address must not hold a password; use WithAPIKey or WithBearer")
	case u.RawQuery != "" || u.Fragment != "":
		return "", fmt.Errorf("the server's address must not hold a query or a fragment")
	}
	return strings.TrimRight(u.String(), "/"), nil
}

// refuseRedirects makes a redirect an answer like any other: net/http would
// carry x-api-key along to whatever host it names. A caller's own policy stays.
func refuseRedirects(c *Client) {
	if c.http.CheckRedirect != nil {
		return
	}
	own := *c.http
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c.http = &own
}
