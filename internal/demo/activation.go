package demo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/licet/licet/client"
)

const laptopsSeat = "the laptop's seat"

// activation plays a node-locked license for one machine.
func (w *walk) activation(ctx context.Context, template int64) error {
	w.title("A node-locked license, for one machine")
	userKey, err := w.issue(ctx, template, client.ActivationMode, 1)
	if err != nil {
		return err
	}
	laptop := client.Seat{UserKey: userKey, MachineID: "demo-laptop", ClientID: "demo", ClientName: "Ada's laptop"}
	desktop := client.Seat{UserKey: userKey, MachineID: "demo-desktop", ClientID: "demo", ClientName: "Ada's desktop"}
	grant, err := w.activate(ctx, laptop)
	if err != nil {
		return err
	}
	if err := w.denied("the desktop", func() error { _, err := w.client.Activate(ctx, desktop); return err }); err != nil {
		return err
	}
	if err := w.validate(ctx, laptop); err != nil {
		return err
	}
	if err := w.verify(ctx, grant.License.Document, laptop.MachineID, desktop.MachineID); err != nil {
		return err
	}
	return w.step(func() (string, error) {
		counts, err := w.client.Deactivate(ctx, laptop)
		if err != nil {
			return "", fmt.Errorf("deactivate the laptop: %w", err)
		}
		w.settled(laptopsSeat)
		return fmt.Sprintf("deactivated the laptop: %d of %d seats taken", counts.ActiveClients, counts.MaxClients),
			equal("the count of seats taken", counts.ActiveClients, 0)
	})
}

// activate takes the seat, and takes it again.
func (w *walk) activate(ctx context.Context, laptop client.Seat) (grant *client.Grant, err error) {
	err = w.step(func() (string, error) {
		if grant, err = w.client.Activate(ctx, laptop); err != nil {
			return "", fmt.Errorf("activate the laptop: %w", err)
		}
		w.later(laptopsSeat, func(ctx context.Context) error {
			_, err := w.client.Deactivate(ctx, laptop)
			return forgiving(err)
		})
		return fmt.Sprintf("activated the laptop: %d of %d seats taken", grant.ActiveClients, grant.MaxClients), nil
	})
	if err != nil {
		return nil, err
	}
	return grant, w.step(func() (string, error) {
		again, err := w.client.Activate(ctx, laptop)
		if err != nil {
			return "", fmt.Errorf("activate the laptop again: %w", err)
		}
		if again.Token != grant.Token {
			return "", errors.New("activating the laptop again gave another token")
		}
		return "activated the laptop again: the same seat, not a second one",
			equal("the count of seats taken", again.ActiveClients, 1)
	})
}

func (w *walk) validate(ctx context.Context, laptop client.Seat) error {
	return w.step(func() (string, error) {
		grant, err := w.client.Validate(ctx, laptop)
		if err != nil {
			return "", fmt.Errorf("validate the laptop's seat: %w", err)
		}
		return fmt.Sprintf("validated the laptop's seat: the license ends on %s",
			grant.License.ExpiresAt.Format(time.DateOnly)), nil
	})
}

// verify checks the signed document without the server, on both machines.
func (w *walk) verify(ctx context.Context, document []byte, laptop, desktop string) error {
	var keys *client.KeySet
	err := w.step(func() (said string, err error) {
		keys, err = w.client.FetchKeys(ctx)
		return "fetched the server's public keys, which a vendor ships inside the application", err
	})
	if err != nil {
		return err
	}
	err = w.step(func() (string, error) {
		license, err := client.VerifyLicense(document, keys, client.Check{MachineID: laptop})
		if err != nil {
			return "", fmt.Errorf("verify the document on the laptop: %w", err)
		}
		if _, ok := license.Feature("export", time.Now()); !ok {
			return "", errors.New("the document does not grant the template's feature")
		}
		return fmt.Sprintf("verified the signed document offline: license %s for %s, %d bytes",
			license.ID, license.Licensee.Name, len(document)), nil
	})
	if err != nil {
		return err
	}
	return w.step(func() (string, error) {
		_, err := client.VerifyLicense(document, keys, client.Check{MachineID: desktop})
		if !errors.Is(err, client.WrongMachine) {
			return "", fmt.Errorf("on the desktop, the laptop's document should be for the wrong machine, not: %v", err)
		}
		return "the same document, copied to the desktop, is refused there", nil
	})
}
