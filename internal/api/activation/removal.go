package activation

import (
	"context"
	"net/http"

	"github.com/licet/licet/internal/hostid"
	"github.com/licet/licet/internal/httpx"
)

// removalOps are ours, at v2: the published API has them for other clients only.
func (v version) removalOps() []httpx.Operation {
	const one = "/{activationKey}/{hostids}"
	at := v.base + "/" + removals + one
	return []httpx.Operation{
		httpx.Op(http.MethodGet, at, "Is the license to be removed from its host", httpx.Public(), v.removal).WithID(v.name + "-removal").
			WithDescription("Where it is, the application removes the license file and then confirms.").AsAddition(),
		httpx.Op(http.MethodPut, at, "Confirm that the license was removed from its host", httpx.Public(), v.confirmRemoval).WithID(v.name+"-confirm-removal").
			WithBare(http.StatusNoContent, "It is noted; the request is settled.").AsAddition(),
	}
}

func (v version) removal(ctx context.Context, q *licensePath) (*removalAnswer, error) {
	asked, err := one(ctx, v, q, v.orders.RemovalAsked)
	if err != nil {
		return nil, err
	}
	return &removalAnswer{Removal: asked}, nil
}

func (v version) confirmRemoval(ctx context.Context, q *licensePath) (*httpx.Bare, error) {
	_, err := one(ctx, v, q, func(ctx context.Context, key string, ids []hostid.HostID) (struct{}, error) {
		return struct{}{}, v.orders.ConfirmRemoval(ctx, key, ids)
	})
	if err != nil {
		return nil, err
	}
	return &httpx.Bare{Status: http.StatusNoContent}, nil
}
