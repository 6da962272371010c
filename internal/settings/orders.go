package settings

import (
	"fmt"
	"time"
)

// MaxActivations stands for a pool of activations without a limit.
const MaxActivations = 1<<31 - 1

// Orders is the account's pool of activations of license orders: each license
// that is generated takes one. A subscription is used up before the pool.
type Orders struct {
	Activations             int    // of no period
	ActivationsExpire       string // the pool's last day, YYYY-MM-DD; "": none
	SubscriptionActivations int    // 0: there is no subscription
	SubscriptionStart       string // its first day
	SubscriptionEnd         string // its last day
}

// DefaultOrders sets no limit: this server sells no activations.
func DefaultOrders() Orders { return Orders{Activations: MaxActivations} }

// Validate wants both days of a subscription, in their order.
func (o Orders) Validate() error {
	if o.SubscriptionActivations == 0 {
		return nil
	}
	if o.SubscriptionStart == "" || o.SubscriptionEnd == "" {
		return fmt.Errorf("Orders.SubscriptionActivations: needs SubscriptionStart and SubscriptionEnd")
	}
	if o.SubscriptionEnd < o.SubscriptionStart {
		return fmt.Errorf("Orders.SubscriptionEnd: is before SubscriptionStart")
	}
	return nil
}

// date is a day, YYYY-MM-DD, or nothing.
func date() codec[string] {
	return codec[string]{
		typ: String, text: func(s string) string { return s },
		parse: func(s string) (string, error) {
			if s == "" {
				return "", nil
			}
			if day, err := time.Parse(time.DateOnly, s); err != nil || day.Year() < 1 {
				return "", fmt.Errorf("%.40q is not a date such as 2026-01-31", s)
			}
			return s, nil
		},
	}
}

func orders() []Setting {
	const group = "Orders"
	day := func(name string, at func(*Orders) *string, meaning string) Setting {
		return declare(group, name, date(), func(v *Values) *string { return at(&v.Orders) }, meaning)
	}
	return []Setting{
		declare(group, "Activations", whole(0, MaxActivations), func(v *Values) *int { return &v.Orders.Activations },
			"activations of license orders that the account has: each license that is generated takes one, and without one left there is none; the default means no limit"),
		day("ActivationsExpire", func(o *Orders) *string { return &o.ActivationsExpire }, "the last day of these, such as 2026-12-31; empty: none"),
		declare(group, "SubscriptionActivations", whole(0, MaxActivations), func(v *Values) *int { return &v.Orders.SubscriptionActivations },
			"activations of a subscription, used before the others; 0: none"),
		day("SubscriptionStart", func(o *Orders) *string { return &o.SubscriptionStart }, "the first day of the subscription"),
		day("SubscriptionEnd", func(o *Orders) *string { return &o.SubscriptionEnd }, "its last day"),
	}
}
