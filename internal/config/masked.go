package config

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/licet/licet/internal/settings"
)

const mask = "********"

// Masked is the configuration in force as a JSON object under the flags' names,
// secrets hidden. Without the masked members it can be used as a configuration
// file.
func (c Config) Masked() ([]byte, error) {
	proxies := make([]string, len(c.TrustedProxies))
	for i, p := range c.TrustedProxies {
		proxies[i] = p.String()
	}
	all, err := settings.Combine(nil, c.Pins())
	if err != nil {
		return nil, fmt.Errorf("print the configuration: %w", err)
	}
	set := all.Licensing
	text, err := json.MarshalIndent(map[string]any{
		"addr": c.Addr, "data": c.Data, "database": maskURL(c.DatabaseURL()), "demo": c.Demo,
		"tls-cert": c.TLSCert, "tls-key": c.TLSKey, "trusted-proxies": proxies,
		"log-level": c.LogLevel, "log-format": c.LogFormat,
		"heartbeat-interval": time.Duration(set.HeartbeatInterval).String(), "lease": time.Duration(set.Lease).String(), "keyless": set.Keyless,
		"license-id-format": set.LicenseID, "user-key-format": set.UserKey,
		"activation-token-format": set.ActivationToken, "floating-token-format": set.FloatingToken,
		"api-key-format": set.APIKey, "public-url": all.Application.PublicURL,
		"admin-password": maskSecret(c.AdminPassword), "admin-api-key": maskSecret(c.AdminAPIKey),
		"server-key": maskSecret(c.ServerKey),
	}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("print the configuration: %w", err)
	}
	return text, nil
}

func maskSecret(s string) string {
	if s == "" {
		return ""
	}
	return mask
}

// maskURL hides a password in the URL, as user information or as a parameter.
// What is not plainly a file or a PostgreSQL URL is hidden whole.
func maskURL(s string) string {
	if strings.HasPrefix(s, "sqlite:") {
		return s
	}
	u, err := url.Parse(s)
	if err != nil || u.Opaque != "" || (u.Scheme != "postgres" && u.Scheme != "postgresql") {
		return mask
	}
	if _, has := u.User.Password(); has {
		u.User = url.UserPassword(u.User.Username(), mask)
	}
	q := u.Query()
	for name := range q {
		if strings.Contains(strings.ToLower(name), "password") {
			q.Set(name, mask)
		}
	}
	u.RawQuery = q.Encode()
	return strings.ReplaceAll(u.String(), url.QueryEscape(mask), mask)
}
