package demo

import (
	"context"
	"errors"
	"fmt"

	"github.com/licet/licet/client"
)

// The collections of the management API.
const (
	products  = "/v1/products"
	templates = "/v1/license-templates"
	licenses  = "/v1/licenses"
)

// prepare makes a product and a template, and returns the template's id.
func (w *walk) prepare(ctx context.Context) (int64, error) {
	var product, template int64
	err := w.step(func() (string, error) {
		got, err := w.books.insert(ctx, products, "product", map[string]any{"name": "Demonstration " + w.name, "code": w.name})
		if err != nil {
			return "", fmt.Errorf("make a product: %w", err)
		}
		product = got.ProductID
		w.later("the product", func(ctx context.Context) error { return w.books.remove(ctx, products, product) })
		return fmt.Sprintf("made a product, %s", w.name), nil
	})
	if err != nil {
		return 0, err
	}
	err = w.step(func() (string, error) {
		got, err := w.books.insert(ctx, templates, "licenseTemplate", map[string]any{
			"name": "Demonstration " + w.name, "licenseType": "Demo", "productId": product,
			"licensingMode": client.ActivationMode, "issueDate": true, "expireDays": 30,
			"features": []any{map[string]any{"id": "export", "name": "Export to PDF"}},
		})
		if err != nil {
			return "", fmt.Errorf("make a license template: %w", err)
		}
		template = got.TemplateID
		w.later("the template", func(ctx context.Context) error { return w.books.remove(ctx, templates, template) })
		return "made a template: licenses of it last 30 days and include one feature", nil
	})
	return template, err
}

// issue makes a license and returns its user key.
func (w *walk) issue(ctx context.Context, template int64, mode client.Mode, seats int) (string, error) {
	var userKey string
	err := w.step(func() (string, error) {
		got, err := w.books.insert(ctx, licenses, "license", map[string]any{
			"templateId": template, "licensingMode": mode, "maxAllowedSites": seats, "licenseeName": "Ada Lovelace",
		})
		if err != nil {
			return "", fmt.Errorf("issue a license: %w", err)
		}
		userKey = got.UserKey
		w.later(fmt.Sprintf("the %s license", mode), func(ctx context.Context) error {
			return w.books.remove(ctx, licenses, got.LicenseID)
		})
		if userKey == "" {
			return "", errors.New("issue a license: the answer holds no user key")
		}
		return fmt.Sprintf("issued license %s to Ada Lovelace; her user key is %s", got.KeyID, userKey), nil
	})
	return userKey, err
}

// denied is the step of a seat that must not be given.
func (w *walk) denied(who string, ask func() error) error {
	return w.step(func() (string, error) {
		err := ask()
		var e *client.Error
		switch {
		case err == nil:
			return "", fmt.Errorf("%s got a seat beyond the limit", who)
		case !errors.Is(err, client.NoSeatAvailable) || !errors.As(err, &e):
			return "", fmt.Errorf("%s should have been told that no seat is left: %w", who, err)
		}
		return fmt.Sprintf("%s was denied, as it should be: %s, %d of %d seats taken",
			who, e.Code, e.ActiveClientCount, e.MaxClientCount), nil
	})
}

// forgiving takes a seat that is gone already for given back.
func forgiving(err error) error {
	if errors.Is(err, client.TokenNotFound) {
		return nil
	}
	return err
}

// equal is a check of counts.
func equal(what string, got, want int64) error {
	if got != want {
		return fmt.Errorf("%s is %d instead of %d", what, got, want)
	}
	return nil
}
