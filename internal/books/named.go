package books

import (
	"context"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/keyformat"
	"github.com/licet/licet/internal/store"
)

// nameTries bounds how often an insertion draws a name again. Each failure means
// that another row took it, so only a stampede gets near it.
const nameTries = 500

// insertNamed inserts a row under a unique name that is made by format where
// none was sent. name points at it inside in.
func (p plain[T]) insertNamed(ctx context.Context, s *Service, in *entity.Sent[T], name *string, column string, format keyformat.Format) (*T, error) {
	if *name != "" {
		return p.insert(ctx, s, *in)
	}
	*name = format.Random()
	for range nameTries {
		row, err := p.insert(ctx, s, *in)
		if !fault.Is(err, fault.Duplicate) {
			return row, err
		}
		*name, err = format.Free(ctx, func(ctx context.Context, names []string) (map[string]bool, error) {
			return store.InUse[T](ctx, s.store, column, names)
		})
		if err != nil {
			return nil, err
		}
	}
	return nil, fault.New(fault.Unavailable, "no free %s could be had; try again", p.unique)
}
