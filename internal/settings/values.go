package settings

import (
	"fmt"
	"time"
)

// Values are all settings. What was judged together is in force together.
type Values struct {
	Licensing   Licensing
	Application Application
	Email       Email
	Log         Log
	Orders      Orders
}

// Application are the settings of people who sign in, and of the server as they
// see it.
type Application struct {
	// SessionLifetime is how long a login token lives unless it is renewed.
	SessionLifetime time.Duration
	// PublicURL is where clients reach this server, without a slash at its end;
	// "": where the request at hand did.
	PublicURL string
}

// Defaults are the settings of a fresh server (behaviour file, sections 1.7 and 8).
func Defaults() Values {
	return Values{
		Licensing:   DefaultLicensing(),
		Application: Application{SessionLifetime: 30 * time.Minute},
		Email:       Email{Port: 587, TLS: StartTLS},
		Log:         DefaultLog(),
		Orders:      DefaultOrders(),
	}
}

// Validate judges what single settings cannot: whether they go together.
func (v Values) Validate() error {
	if err := v.Licensing.Validate(); err != nil {
		return err
	}
	if err := v.Email.Validate(); err != nil {
		return err
	}
	return v.Orders.Validate()
}

// Pins are the settings that the configuration of a server gives: texts by the
// names of their flags. They win over the books.
type Pins map[string]string

// Combine makes the settings in force: the defaults, over them the stored texts
// by the settings' ids, over them the pins. Stored settings that this program
// does not know are passed over: they are another version's.
func Combine(stored map[string]string, pins Pins) (Values, error) {
	v := Defaults()
	for _, s := range All() {
		text, given := stored[s.ID()]
		if pin, pinned := pins[s.Flag]; pinned {
			text, given = pin, true
		}
		if !given {
			continue
		}
		if err := s.Set(&v, text); err != nil {
			return Values{}, fmt.Errorf("%s: %w", s.ID(), err)
		}
	}
	return v, v.Validate()
}
