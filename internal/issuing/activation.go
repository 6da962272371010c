package issuing

import (
	"context"
	"errors"
	"fmt"

	"github.com/licet/licet/internal/document"
	"github.com/licet/licet/internal/document/keys"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/hostid"
	"github.com/licet/licet/internal/store"
)

// Activated is an activation of a license order, as its documents state it. One
// of an order that ties to nothing has neither HostIDs nor a machine.
type Activated struct {
	Time    entity.Time // when it was made
	Since   entity.Time // what its terms count from: when the machine was first activated
	HostIDs []hostid.HostID
	Machine string // a name of the application's own, instead of HostIDs
}

// OrderText makes the license text of an activated order: LM-X, or a document of
// the license's format where the template was given one. The order comes with
// its license. A fault says what cannot be stated or signed.
func (s *Service) OrderText(ctx context.Context, order *entity.LicenseOrder, a Activated) (string, error) {
	o, err := s.originOf(ctx, order.License)
	if err != nil {
		return "", fmt.Errorf("read what license %d comes from: %w", order.LicenseID, err)
	}
	if !writesLMX(o.template) {
		return s.formatted(ctx, order.License, o, a)
	}
	key, err := s.textKey(ctx, order.License, o)
	if err != nil {
		return "", err
	}
	var text string
	err = s.inSlot(ctx, func() (err error) {
		text, err = document.SignOrder(orderText(order, a), key)
		return err
	})
	return text, err
}

// writesLMX says whether orders of a template get LM-X texts: unless the template
// was given another format, or was not made for orders.
func writesLMX(t *entity.LicenseTemplate) bool {
	return t == nil || t.OrderTerms != nil && t.Format == entity.FormatJWS
}

// formatted is the document of the license's own format, for the machine.
func (s *Service) formatted(ctx context.Context, lic *entity.License, o origin, a Activated) (string, error) {
	machine := a.Machine
	if len(a.HostIDs) > 0 {
		machine = hostid.Text(a.HostIDs)
	}
	stated := *lic
	if machine != "" {
		stated = document.NodeLocked(*lic, machine)
	}
	endSince(&stated, a.Since)
	if err := s.sign(ctx, &stated, o); err != nil {
		return "", err
	}
	return stated.LicenseKey, nil
}

// textKey is the first key that can sign texts, of those that the license names
// or comes from, or else the server's own.
func (s *Service) textKey(ctx context.Context, lic *entity.License, o origin) (keys.Key, error) {
	ids := o.keyIDs()
	if lic.SignatureKeysID != nil {
		ids = append([]int64{*lic.SignatureKeysID}, ids...)
	}
	return s.firstKey(ctx, ids, entity.ResourceEd25519)
}

// firstKey is the first of the keys that is of the type, or the server's own.
func (s *Service) firstKey(ctx context.Context, ids []int64, want string) (keys.Key, error) {
	for _, id := range ids {
		k, err := s.key(ctx, id)
		if err == nil && k.Type() == want {
			return k, s.refuseRevoked(ctx, id, k)
		}
		if err != nil && !errors.Is(err, errNotKey) {
			return keys.Key{}, err
		}
	}
	return s.defaultKey(ctx, want)
}

// orderText is what the text of an activation states.
func orderText(order *entity.LicenseOrder, a Activated) *document.Order {
	lic := order.License
	text := &document.Order{
		ActivationKey: lic.UserKey, Generated: a.Time, Licensee: lic.LicenseeName,
		HostIDs: a.HostIDs, MatchRate: int(order.MatchRate), Machine: a.Machine,
	}
	for _, f := range lic.Features.Granted() {
		text.Features = append(text.Features, textFeature(&f, a, order.IsNetwork()))
	}
	return text
}

func textFeature(f *entity.Feature, a Activated, network bool) document.OrderFeature {
	t := f.OrderTerms()
	out := document.OrderFeature{
		Name: f.Name, Version: t.Version, End: f.EndFrom(a.Since).Date(), MaintenanceEnd: f.MaintenanceEndFrom(a.Since).Date(),
		Comment: orEmpty(t.Comment), Options: orEmpty(t.Options),
	}
	switch t.IssuedType {
	case entity.Fixed:
		out.Issued = t.IssuedDate
	case entity.ActivationTime:
		out.Issued = a.Time.Date()
	}
	if network && t.Count != nil {
		out.Count = *t.Count
	}
	return out
}

func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// NodeLockSince is NodeLock for the license of an order. The terms of its
// features count from the machine's first activation.
func (s *Service) NodeLockSince(ctx context.Context, licenseID int64, machineID string, since entity.Time) (*entity.License, error) {
	return s.nodeLock(ctx, licenseID, machineID, func(context.Context, *entity.License) (entity.Time, error) { return since, nil })
}

// endSince makes a license state the ends that count from an activation.
func endSince(lic *entity.License, since entity.Time) {
	if lic.Features.CountsFromActivation() {
		lic.Features = lic.Features.ActivatedAt(since)
		lic.ExpireDate = lic.Features.LastEnd()
	}
}

// held is since when a machine has its activation; now, where it has none.
func (s *Service) held(ctx context.Context, licenseID int64, machineID string) (entity.Time, error) {
	var since entity.Time
	err := s.store.Read().NewRaw(`SELECT MIN(issue_date) FROM license_tokens WHERE license_id = ? AND kind = ? AND machine_id = ?`,
		licenseID, entity.PoolActivation, machineID).Scan(ctx, &since)
	if err != nil {
		return since, fmt.Errorf("look for the activation: %w", store.Normalise(err))
	}
	if since.IsZero() {
		since = entity.TimeOf(s.now())
	}
	return since, nil
}
