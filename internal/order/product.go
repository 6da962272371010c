package order

import (
	"context"
	"errors"
	"fmt"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/store"
)

// ProductOf is the product of an order, nil where its template has none. The
// order is read with its template.
func (s *Service) ProductOf(ctx context.Context, o *entity.LicenseOrder) (*entity.Product, error) {
	t := o.License.Template
	if t == nil || t.ProductID == nil {
		return nil, nil
	}
	p, err := store.Get[entity.Product](ctx, s.store.Read(), *t.ProductID)
	if errors.Is(err, store.ErrNoRow) {
		return nil, nil // deleted a moment ago
	}
	if err != nil {
		return nil, fmt.Errorf("read the product of an order: %w", err)
	}
	return p, nil
}
