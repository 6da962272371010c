package demo

import (
	"context"
	"fmt"
	"time"

	"github.com/licet/licet/client"
)

// floating plays a floating license of two seats and three clients.
func (w *walk) floating(ctx context.Context, template int64) error {
	w.title("A floating license, for two at a time")
	userKey, err := w.issue(ctx, template, client.FloatingMode, 2)
	if err != nil {
		return err
	}
	seat := func(name string) client.Seat {
		return client.Seat{UserKey: userKey, ClientID: "demo-" + name, ClientName: name + "'s workstation"}
	}
	ada, err := w.open(ctx, "Ada", seat("Ada"))
	if err != nil {
		return err
	}
	if _, err := w.open(ctx, "Grace", seat("Grace")); err != nil {
		return err
	}
	if err := w.denied("Edsger", func() error { _, err := w.client.Request(ctx, seat("Edsger")); return err }); err != nil {
		return err
	}
	if err := w.beat(ctx, ada.Grant().Token, seat("Ada")); err != nil {
		return err
	}
	err = w.step(func() (string, error) { return "Ada released her seat", ada.Close(ctx) })
	if err != nil {
		return fmt.Errorf("release Ada's seat: %w", err)
	}
	w.settled(seatOf("Ada"))
	if _, err := w.open(ctx, "Edsger", seat("Edsger")); err != nil {
		return err
	}
	return w.info(ctx, seat("Edsger"))
}

func seatOf(name string) string { return name + "'s seat" }

// open starts a session, which keeps itself alive until the undoing.
func (w *walk) open(ctx context.Context, name string, seat client.Seat) (*client.Session, error) {
	var session *client.Session
	err := w.step(func() (said string, err error) {
		session, err = w.client.Open(ctx, seat, client.SessionOptions{})
		if err != nil {
			return "", fmt.Errorf("request a seat for %s: %w", name, err)
		}
		w.later(seatOf(name), session.Close)
		g := session.Grant()
		return fmt.Sprintf("%s got a seat: %d of %d taken", name, g.ActiveClients, g.MaxClients), nil
	})
	return session, err
}

func (w *walk) beat(ctx context.Context, token string, seat client.Seat) error {
	return w.step(func() (string, error) {
		beat, err := w.client.Heartbeat(ctx, token, seat)
		if err != nil {
			return "", fmt.Errorf("send Ada's heartbeat: %w", err)
		}
		return fmt.Sprintf("Ada's heartbeat: her lease lasts until %s; the server wants one every %s",
			beat.ExpiresAt.Format(time.TimeOnly+" MST"), beat.HeartbeatInterval), nil
	})
}

func (w *walk) info(ctx context.Context, seat client.Seat) error {
	return w.step(func() (string, error) {
		info, err := w.client.Info(ctx, seat)
		if err != nil {
			return "", fmt.Errorf("ask for the license's state: %w", err)
		}
		holders := ""
		for _, t := range info.Tokens {
			holders += ", " + t.ClientName
		}
		if err := equal("the count of seats taken", info.ActiveClients, 2); err != nil {
			return "", err
		}
		return fmt.Sprintf("the server's view: %s license, %d of %d seats taken%s",
			info.Mode, info.ActiveClients, info.MaxClients, holders), equal("the list of seats", int64(len(info.Tokens)), 2)
	})
}
