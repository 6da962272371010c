package seat

import (
	"context"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
)

// Orders answers for the activations of license orders. They are told apart by
// HostIDs, not by machine and client: in the books the digest of the HostIDs is
// the machine id, and there is no client id.
type Orders interface {
	// Activate, Deactivate and Validate answer as the Service's do, for the key
	// of an order.
	Activate(ctx context.Context, userKey string, c Client) (*Grant, error)
	Deactivate(ctx context.Context, userKey string, c Client) (*Counts, error)
	Validate(ctx context.Context, userKey string, c Client) (*Grant, error)
	// Holder is who holds the token in the books, where it is an order's
	// activation and the caller's HostIDs are the holder's.
	Holder(ctx context.Context, token string, c Client) (holder Holder, ok bool, err error)
	// Name gives tokens of an order the machine and client ids that they were
	// activated with.
	Name(ctx context.Context, tokens []entity.LicenseToken) error
}

// Holder is who holds the activation of an order, by the ids in the books, and
// when its terms end: they may count from the machine's first activation, which
// the license does not tell.
type Holder struct {
	Client
	End  entity.Time // none: never
	Over bool        // it is reached
}

// ServeOrders makes o answer for license orders. It belongs to the making of s.
func (s *Service) ServeOrders(o Orders) { s.orders = o }

// noOrders is a service that nobody has told of orders: it knows none.
type noOrders struct{}

func (noOrders) refuse() error {
	return fault.New(fault.Unavailable, "license orders are not served here")
}

func (n noOrders) Activate(context.Context, string, Client) (*Grant, error) { return nil, n.refuse() }
func (n noOrders) Validate(context.Context, string, Client) (*Grant, error) { return nil, n.refuse() }
func (n noOrders) Deactivate(context.Context, string, Client) (*Counts, error) {
	return nil, n.refuse()
}
func (noOrders) Holder(context.Context, string, Client) (Holder, bool, error) {
	return Holder{}, false, nil
}
func (noOrders) Name(context.Context, []entity.LicenseToken) error { return nil }

// ofHolder runs a command on a token. The holder of an order's activation is
// known by HostIDs, which are looked at only where the ids as they were sent
// belong to no token: so no other call pays for it.
func (s *Service) ofHolder(ctx context.Context, c tokenCall, command func(context.Context, tokenCall) (outcome, error)) (outcome, error) {
	out, err := command(ctx, c)
	if err != nil || out.verdict != noToken || c.client.MachineID == "" {
		return out, err
	}
	holder, ok, err := s.orders.Holder(ctx, c.token, c.client)
	if err != nil || !ok {
		return out, err
	}
	c.client = holder.Client
	out, err = command(ctx, c)
	if err != nil || out.fault(0) != nil {
		return out, err
	}
	if out.grant.ExpireAt = holder.End; holder.Over {
		out.verdict = expired
	}
	return out, nil
}
