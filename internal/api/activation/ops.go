package activation

import (
	"context"
	"net/http"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/hostid"
	"github.com/licet/licet/internal/httpx"
	"github.com/licet/licet/internal/order"
)

// Orders is what the surface asks of the service of orders.
type Orders interface {
	Open(ctx context.Context, key string) (*entity.LicenseOrder, error)
	ProductOf(ctx context.Context, o *entity.LicenseOrder) (*entity.Product, error)
	Generate(ctx context.Context, key string, ids []hostid.HostID) (*order.Generated, error)
	Generated(ctx context.Context, key string, ids []hostid.HostID) (*order.Generated, error)
	InState(ctx context.Context, key string, states []order.State) ([]order.Generated, error)
	Deactivate(ctx context.Context, key string, ids []hostid.HostID) error
	RemovalAsked(ctx context.Context, key string, ids []hostid.HostID) (bool, error)
	ConfirmRemoval(ctx context.Context, key string, ids []hostid.HostID) error
}

// Guesses slows down callers who look up keys that do not exist.
type Guesses interface {
	// Guard runs a look-up unless the network has guessed too often; a guess is
	// a look-up that fails with miss.
	Guard(network string, miss fault.Code, lookUp func() error) error
}

// version is one version of the API: where it is, and how it words errors.
type version struct {
	name, base string
	coded      bool // errors have a code
	orders     Orders
	guesses    Guesses
}

// The rooms of the API.
const (
	orders   = "license-orders"
	licenses = "licenses"
	queue    = "license-queue"
	failures = "license-errors"
	removals = "license-removals"
)

// Surfaces are both versions.
func Surfaces(o Orders, g Guesses) []httpx.Surface {
	v1 := version{name: "activation-v1", base: "/rest/v1", orders: o, guesses: g}
	v2 := version{name: "activation-v2", base: "/rest/v2", coded: true, orders: o, guesses: g}
	first, second := v1.surface(), v2.surface()
	first.Reroute, second.Reroute = v1.halAtTheBarePath, v2.reroute
	first.ErrorBody, second.ErrorBody = failure{}, codedFailure{}
	second.Ops = append(second.Ops, v2.removalOps()...)
	return []httpx.Surface{first, second}
}

func (v version) surface() httpx.Surface {
	return httpx.Surface{
		Name: v.name, Prefixes: []string{v.base}, Ops: v.ops(),
		WriteError: v.writeError, ContentType: hal, ErrorContentType: hal,
	}
}

// ops is the table of what both versions have.
func (v version) ops() []httpx.Operation {
	const (
		get, put, del = http.MethodGet, http.MethodPut, http.MethodDelete
		one           = "/{activationKey}/{hostids}"
	)
	all := httpx.Public()
	base := v.base + "/"
	return []httpx.Operation{
		httpx.Op(get, base+orders+"/{activationKey}", "Read a license order", all, v.order).WithID(v.name + "-order").
			WithDescription("Also at the vendors' path /license-orders/{activationKey} (v1), for who sends Accept: application/hal+json and no token."),
		httpx.Op(put, base+licenses+one, "Activate: have a license generated", all, v.generate).WithID(v.name+"-activate").
			WithDescription("The same HostIDs get the same license again. Fewer than the order wants, or no activation left: 403.").
			WithBare(http.StatusAccepted, "The license is being generated, or is there already."),
		httpx.Op(get, base+queue+one, "How far is the license", all, v.queued).WithID(v.name+"-queue").
			WithBare(http.StatusSeeOther, "It is done: the license, or its errors."),
		httpx.Op(get, base+licenses+one, "Read a license", all, v.license).WithID(v.name + "-license"),
		httpx.Op(get, base+failures+one, "Read why a license was not generated", all, v.failed).WithID(v.name + "-errors"),
		httpx.Op(get, base+licenses+"/{activationKey}", "List the licenses of an order by their state", all, v.inState).WithID(v.name + "-licenses"),
		httpx.Op(del, base+licenses+one, "Deactivate: give a license back", all, v.deactivate).WithID(v.name+"-deactivate").
			WithBare(http.StatusNoContent, "It is given back."),
	}
}

type keyPath struct {
	Key string `path:"activationKey"`
}

type licensePath struct {
	Key     string `path:"activationKey"`
	HostIDs string `path:"hostids" doc:"base64 of TYPE=value,TYPE=value; in either alphabet, padded or not"`
}

// guarded looks a key up unless the caller's address has guessed too often.
func guarded[T any](ctx context.Context, v version, do func() (T, error)) (answer T, err error) {
	err = v.guesses.Guard(httpx.ClientNetwork(ctx), fault.ActivationKeyInvalid, func() error {
		answer, err = do()
		return err
	})
	return answer, err
}

// one reads the HostIDs before anything is looked up.
func one[T any](ctx context.Context, v version, q *licensePath, do func(context.Context, string, []hostid.HostID) (T, error)) (answer T, err error) {
	ids, err := hostid.ParseSegment("hostids", q.HostIDs)
	if err != nil {
		return answer, err
	}
	return guarded(ctx, v, func() (T, error) { return do(ctx, q.Key, ids) })
}

// machine is one for the answers that tell of a machine.
func (v version) machine(ctx context.Context, q *licensePath, do func(context.Context, string, []hostid.HostID) (*order.Generated, error)) (asked, error) {
	return one(ctx, v, q, func(ctx context.Context, key string, ids []hostid.HostID) (asked, error) {
		g, err := do(ctx, key, ids)
		return asked{g, ids}, err
	})
}

func (v version) order(ctx context.Context, q *keyPath) (*orderAnswer, error) {
	o, err := guarded(ctx, v, func() (*entity.LicenseOrder, error) { return v.orders.Open(ctx, q.Key) })
	if err != nil {
		return nil, err
	}
	product, err := v.orders.ProductOf(ctx, o)
	if err != nil {
		return nil, err
	}
	return v.showOrder(o, product), nil
}

// generate answers where to look. Here alone a bad key is a bad request.
func (v version) generate(ctx context.Context, q *licensePath) (*httpx.Bare, error) {
	g, err := v.machine(ctx, q, v.orders.Generate)
	if fault.Is(err, fault.ActivationKeyInvalid) {
		f := *fault.Of(err)
		f.Kind = fault.Invalid
		return nil, &f
	}
	if err != nil {
		return nil, err
	}
	return &httpx.Bare{Status: http.StatusAccepted, Location: v.path(queue, g)}, nil
}

func (v version) queued(ctx context.Context, q *licensePath) (*queueAnswer, error) {
	g, err := v.machine(ctx, q, v.orders.Generated)
	if fault.Is(err, fault.LicenseMissing) {
		return nil, fault.Named(fault.NotFound, notRequested, "License request was not created.")
	}
	if err != nil {
		return nil, err
	}
	if room := roomOf(g.State); room != queue {
		return &queueAnswer{Bare: httpx.Bare{Status: http.StatusSeeOther, Location: v.path(room, g)}}, nil
	}
	return v.showQueued(g), nil
}

func (v version) license(ctx context.Context, q *licensePath) (*licenseAnswer, error) {
	g, err := v.machine(ctx, q, v.orders.Generated)
	if err == nil && g.State != order.Success {
		err = fault.Named(fault.NotFound, fault.LicenseMissing, "the license was not generated")
	}
	if err != nil {
		return nil, err
	}
	return v.showLicense(g), nil
}

func (v version) failed(ctx context.Context, q *licensePath) (*errorsAnswer, error) {
	g, err := v.machine(ctx, q, v.orders.Generated)
	if fault.Is(err, fault.LicenseMissing) || err == nil && len(g.Errors) == 0 {
		err = fault.Named(fault.NotFound, noErrors, "License has no errors.")
	}
	if err != nil {
		return nil, err
	}
	return v.showErrors(g), nil
}

func (v version) deactivate(ctx context.Context, q *licensePath) (*httpx.Bare, error) {
	_, err := one(ctx, v, q, func(ctx context.Context, key string, ids []hostid.HostID) (struct{}, error) {
		return struct{}{}, v.orders.Deactivate(ctx, key, ids)
	})
	if err != nil {
		return nil, err
	}
	return &httpx.Bare{Status: http.StatusNoContent}, nil
}
