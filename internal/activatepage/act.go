package activatepage

import (
	"context"
	"net/http"
	"time"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/hostid"
	"github.com/licet/licet/internal/order"
)

// A license is mostly made within a moment; for patience the page waits for it,
// looking every glance, before it says that it is not there yet.
const (
	patience = 3 * time.Second
	glance   = 40 * time.Millisecond
)

// act does what a form asks for and shows the order as it is then.
func (p *page) act(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	v := &view{Key: keyOf(r), status: http.StatusOK}
	o, err := guarded(ctx, p, func() (*entity.LicenseOrder, error) { return p.orders.Open(ctx, v.Key) })
	if err != nil {
		p.refuse(w, r, err)
		return
	}
	v.fields(o, r)
	switch r.PostForm.Get("action") {
	case "activate":
		p.activate(ctx, v)
	case "check":
		p.withIDs(v, r, func(ids []hostid.HostID) error { return p.await(ctx, v, ids) })
	case "show":
		p.withIDs(v, r, func(ids []hostid.HostID) error { return p.show(ctx, v, ids) })
	case "deactivate":
		p.withIDs(v, r, func(ids []hostid.HostID) error { return p.deactivate(ctx, v, ids) })
	}
	if err := p.fill(ctx, v); err != nil {
		p.refuse(w, r, err)
		return
	}
	p.write(w, r, v.status, v)
}

// withIDs does something with the HostIDs that a button carries.
func (p *page) withIDs(v *view, r *http.Request, do func([]hostid.HostID) error) {
	ids, err := hostid.ParseSegment("hostids", r.PostForm.Get("hostids"))
	if err == nil {
		err = do(ids)
	}
	if err != nil {
		v.Problem, v.Focus = v.fault(err), "problem"
	}
}

// activate has a license made for the HostIDs of the fields.
func (p *page) activate(ctx context.Context, v *view) {
	ids, ok := v.readFields()
	if !ok {
		v.status = http.StatusBadRequest
		return
	}
	_, err := p.orders.Generate(ctx, v.Key, ids)
	if err == nil {
		err = p.await(ctx, v, ids)
	}
	switch {
	case err == nil:
		v.forgetFields()
	case fault.Is(err, fault.HostIDMissing):
		v.missing(v.fault(err))
	default:
		v.Problem, v.Focus = v.fault(err), "problem"
	}
}

// await shows the license once it is there, or that it is not yet.
func (p *page) await(ctx context.Context, v *view, ids []hostid.HostID) error {
	over := time.NewTimer(patience)
	defer over.Stop()
	again := time.NewTicker(glance)
	defer again.Stop()
	for {
		g, err := p.orders.Generated(ctx, v.Key, ids)
		if err != nil {
			return err
		}
		if g.State != order.InProgress {
			v.show(g, ids)
			return nil
		}
		select {
		case <-again.C:
		case <-over.C:
			v.show(g, ids)
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (p *page) show(ctx context.Context, v *view, ids []hostid.HostID) error {
	g, err := p.orders.Generated(ctx, v.Key, ids)
	if err == nil {
		v.show(g, ids)
	}
	return err
}

func (p *page) deactivate(ctx context.Context, v *view, ids []hostid.HostID) error {
	if err := p.orders.Deactivate(ctx, v.Key, ids); err != nil {
		return err
	}
	v.Notice, v.Focus = "Deactivated: "+namesOf(ids)+". Delete its license file from that machine.", "notice"
	return nil
}

// fill adds what is always shown, as it is after what was done.
func (p *page) fill(ctx context.Context, v *view) error {
	o, err := p.orders.Open(ctx, v.Key)
	if err != nil {
		return err
	}
	product, err := p.orders.ProductOf(ctx, o)
	if err != nil {
		return err
	}
	all, err := p.orders.InState(ctx, v.Key, []order.State{order.Success, order.InProgress, order.Failed})
	if err != nil {
		return err
	}
	v.order(o, product)
	v.list(all)
	v.title()
	return nil
}
