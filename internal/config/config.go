package config

import (
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/licet/licet/internal/keyformat"
	"github.com/licet/licet/internal/settings"
)

// Config is what an administrator says of one server. A field tagged secret is
// masked when printed and may come from a file.
type Config struct {
	Addr           string         `help:"Address to listen on." default:"127.0.0.1:8080"`
	Data           string         `help:"Folder for the embedded database and the server key." default:"./data" type:"path"`
	Database       string         `help:"sqlite:FILE or postgres://… (default: sqlite:licet.db in the data folder)." secret:""`
	Demo           bool           `help:"Fill an empty server with sample books."`
	TLSCert        string         `name:"tls-cert" help:"Certificate chain in PEM; with --tls-key the server speaks HTTPS."`
	TLSKey         string         `name:"tls-key" help:"Private key of the certificate in PEM."`
	TrustedProxies []netip.Prefix `help:"Networks whose X-Forwarded-For, -Proto and -Host are believed, such as 10.0.0.0/8."`
	LogLevel       string         `help:"debug, info, warn or error." enum:"debug,info,warn,error" default:"info"`
	LogFormat      string         `help:"text or json." enum:"text,json" default:"text"`

	// These are settings that can also be changed while the server runs. Given
	// here they are pinned; nil leaves them to the books.
	HeartbeatInterval     *time.Duration    `help:"How often clients shall send a heartbeat (5m)."`
	Lease                 *time.Duration    `help:"How long a floating seat lives after its last heartbeat; 0: three heartbeat intervals."`
	Keyless               *bool             `help:"Open /v1/license/* and the sending of reports to clients without a credential; the user key is then theirs."`
	LicenseIDFormat       *keyformat.Format `name:"license-id-format" placeholder:"FORMAT" help:"Format of license ids (lic{HEX:8})."`
	UserKeyFormat         *keyformat.Format `placeholder:"FORMAT" help:"Format of user keys ({TOKEN:5}-{TOKEN:5}-{TOKEN:5}-{TOKEN:5})."`
	ActivationTokenFormat *keyformat.Format `placeholder:"FORMAT" help:"Format of activation tokens (actk_{token:12})."`
	FloatingTokenFormat   *keyformat.Format `placeholder:"FORMAT" help:"Format of floating tokens (fltk_{token:12})."`
	APIKeyFormat          *keyformat.Format `name:"api-key-format" placeholder:"FORMAT" help:"Format of API keys (api_{token:24})."`
	PublicURL             *string           `name:"public-url" help:"Where clients reach this server, such as https://licenses.example.com (as the request at hand did)."`

	AdminPassword string `help:"Password of admin on the first start; else a random one is printed once." secret:""`
	AdminAPIKey   string `name:"admin-api-key" help:"API key of admin on the first start; else a random one is printed once." secret:""`
	ServerKey     string `help:"32 bytes in base64 or hex that encrypt the secrets in the books; PostgreSQL needs it, SQLite makes a file in the data folder." secret:""`
}

// DatabaseURL is the database in force.
func (c Config) DatabaseURL() string {
	if c.Database == "" {
		return "sqlite:" + filepath.Join(c.Data, "licet.db")
	}
	return c.Database
}

// SQLiteFile is the database's file; "" on PostgreSQL.
func (c Config) SQLiteFile() string {
	file, _ := strings.CutPrefix(c.DatabaseURL(), "sqlite:")
	if c.Postgres() {
		return ""
	}
	return file
}

// KeyFile is where the server key is, unless ServerKey gives it.
func (c Config) KeyFile() string { return filepath.Join(c.Data, "server.key") }

// Postgres says whether the books are on PostgreSQL.
func (c Config) Postgres() bool {
	return strings.HasPrefix(c.Database, "postgres://") || strings.HasPrefix(c.Database, "postgresql://")
}

// Pins are the settings that the configuration gives.
func (c Config) Pins() settings.Pins {
	pins := settings.Pins{}
	pin(pins, "heartbeat-interval", c.HeartbeatInterval, time.Duration.String)
	pin(pins, "lease", c.Lease, time.Duration.String)
	pin(pins, "keyless", c.Keyless, strconv.FormatBool)
	pin(pins, "license-id-format", c.LicenseIDFormat, keyformat.Format.String)
	pin(pins, "user-key-format", c.UserKeyFormat, keyformat.Format.String)
	pin(pins, "activation-token-format", c.ActivationTokenFormat, keyformat.Format.String)
	pin(pins, "floating-token-format", c.FloatingTokenFormat, keyformat.Format.String)
	pin(pins, "api-key-format", c.APIKeyFormat, keyformat.Format.String)
	pin(pins, "public-url", c.PublicURL, strings.Clone)
	return pins
}

func pin[T any](pins settings.Pins, flag string, value *T, text func(T) string) {
	if value != nil {
		pins[flag] = text(*value)
	}
}

// Validate refuses what cannot work, before anything is opened.
func (c Config) Validate() error {
	if c.Addr == "" {
		return errors.New("--addr is empty; give a host and port, such as 127.0.0.1:8080")
	}
	if c.Data == "" {
		return errors.New("--data is empty; give a folder")
	}
	if !c.Postgres() && !strings.HasPrefix(c.DatabaseURL(), "sqlite:") {
		return errors.New("database must be sqlite:FILE or postgres://…")
	}
	if (c.TLSCert == "") != (c.TLSKey == "") {
		return errors.New("--tls-cert and --tls-key go together")
	}
	if c.Postgres() && c.ServerKey == "" {
		return errors.New("PostgreSQL needs --server-key (better LICET_SERVER_KEY_FILE): all nodes must share it; make one with: openssl rand -base64 32")
	}
	if _, err := settings.Combine(nil, c.Pins()); err != nil {
		return fmt.Errorf("settings: %w", err)
	}
	return nil
}
