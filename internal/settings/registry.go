package settings

import (
	"slices"
	"strings"
	"time"

	"github.com/licet/licet/internal/keyformat"
)

// year bounds what is counted from a heartbeat.
const year = 365 * day

// All are the settings there are, group by group. docs/settings.md shows them;
// a test compares.
func All() []Setting {
	return slices.Concat(licensing(), application(), email(), orders())
}

// Find looks a setting up, in any case.
func Find(group, name string) (Setting, bool) {
	for _, s := range All() {
		if strings.EqualFold(s.Group, group) && strings.EqualFold(s.Name, name) {
			return s, true
		}
	}
	return Setting{}, false
}

// HasGroup says whether there is a group of that name, in any case.
func HasGroup(group string) bool {
	for _, s := range All() {
		if strings.EqualFold(s.Group, group) {
			return true
		}
	}
	return false
}

func licensing() []Setting {
	const group = "Licensing"
	key := func(name, flag string, at func(*Values) *keyformat.Format, of string) Setting {
		return declare(group, name, format(), at, "format of "+of).pinnedBy(flag)
	}
	return []Setting{
		declare(group, "HeartbeatInterval", span[HeartbeatInterval](time.Second, year),
			func(v *Values) *HeartbeatInterval { return &v.Licensing.HeartbeatInterval },
			"how often clients are told to send a heartbeat").pinnedBy("heartbeat-interval"),
		declare(group, "Lease", span[Lease](0, year), func(v *Values) *Lease { return &v.Licensing.Lease },
			"how long a floating seat lives after its last heartbeat; zero: three heartbeat intervals. Seats that are held keep their end until they are renewed").pinnedBy("lease"),
		declare(group, "Keyless", truth(), func(v *Values) *bool { return &v.Licensing.Keyless },
			"open `/v1/license/*` and the sending of reports to clients without a credential").pinnedBy("keyless"),
		key("LicenseIdFormat", "license-id-format", func(v *Values) *keyformat.Format { return &v.Licensing.LicenseID }, "license ids"),
		key("UserKeyFormat", "user-key-format", func(v *Values) *keyformat.Format { return &v.Licensing.UserKey }, "user keys"),
		key("ActivationTokenFormat", "activation-token-format", func(v *Values) *keyformat.Format { return &v.Licensing.ActivationToken }, "tokens of activations"),
		key("FloatingTokenFormat", "floating-token-format", func(v *Values) *keyformat.Format { return &v.Licensing.FloatingToken }, "tokens of floating seats"),
		key("CustomerCodeFormat", "", func(v *Values) *keyformat.Format { return &v.Licensing.CustomerCode }, "customer codes"),
		key("OrderNumberFormat", "", func(v *Values) *keyformat.Format { return &v.Licensing.OrderNumber }, "order numbers"),
	}
}

// application holds what the published settings file has under that name, the
// log's two settings among it.
func application() []Setting {
	const group = "Application"
	return []Setting{
		declare(group, "ApiKeyFormat", format(), func(v *Values) *keyformat.Format { return &v.Licensing.APIKey },
			"format of API keys, at least 120 random bits").pinnedBy("api-key-format"),
		declare(group, "TokenExpiration", span[time.Duration](time.Minute, 12*time.Hour),
			func(v *Values) *time.Duration { return &v.Application.SessionLifetime },
			"how long a login token lives"),
		declare(group, "PublicUrl", webAddress(), func(v *Values) *string { return &v.Application.PublicURL },
			"where clients reach this server, such as `https://licenses.example.com`, for addresses in answers; empty: as the request at hand did").pinnedBy("public-url"),
		declare(group, "LogToDatabase", truth(), func(v *Values) *bool { return &v.Log.ToDatabase }, "keep the log in the books too, not only on the console"),
		declare(group, "LogRetentionPeriod", span[time.Duration](time.Minute, 10*year),
			func(v *Values) *time.Duration { return &v.Log.Retention }, "how long a line of the log is kept there"),
	}
}

func email() []Setting {
	const group, password = "Email", "Email.Password"
	text := func(name string, c codec[string], at func(*Email) *string, meaning string) Setting {
		return declare(group, name, c, func(v *Values) *string { return at(&v.Email) }, meaning)
	}
	return []Setting{
		declare(group, "EnableSend", truth(), func(v *Values) *bool { return &v.Email.Enabled }, "send mail; needs Host and FromAddress"),
		text("Host", word(), func(e *Email) *string { return &e.Host }, "the mail server (SMTP)").guarding(password),
		declare(group, "Port", whole(1, 65535), func(v *Values) *int { return &v.Email.Port }, "its port").guarding(password),
		text("Tls", choice(StartTLS, TLS, NoTLS), func(e *Email) *string { return &e.TLS },
			"`starttls`: TLS after a plain greeting; `tls`: from the first byte; `none`").guarding(password),
		text("LocalDomain", word(), func(e *Email) *string { return &e.LocalDomain }, "what the server calls itself; empty: the machine's name"),
		text("Username", line(), func(e *Email) *string { return &e.Username }, "whom to sign in as; empty: nobody"),
		text("Password", secret(), func(e *Email) *string { return &e.Password }, "the password of Username"),
		text("FromUser", line(), func(e *Email) *string { return &e.FromName }, "the name that mail comes from"),
		text("FromAddress", word(), func(e *Email) *string { return &e.FromAddress }, "the address that mail comes from"),
	}
}
