package issuing

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/licet/licet/internal/document"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/store"
)

// sign makes the document of a license and its hash. It must not be called
// inside a transaction.
func (s *Service) sign(ctx context.Context, lic *entity.License, o origin) error {
	key, err := s.keyFor(ctx, lic, o)
	if err != nil {
		return err
	}
	stated := *lic
	if o.template != nil && !o.template.IssueDate {
		stated.IssueDate = entity.Time{} // the template says that its documents do not state it
	}
	return s.inSlot(ctx, func() error {
		doc, err := document.Sign(&stated, key, o.options()...)
		if err != nil {
			return err
		}
		sum := sha256.Sum256([]byte(doc))
		lic.LicenseKey, lic.Hash = doc, hex.EncodeToString(sum[:])
		return nil
	})
}

// NodeLock makes the signed copy of a license that is locked to one machine.
// The copy is not written; it carries the revision of the license it was made
// from, so that whoever writes it can tell whether it is still good.
func (s *Service) NodeLock(ctx context.Context, licenseID int64, machineID string) (*entity.License, error) {
	return s.nodeLock(ctx, licenseID, machineID, func(ctx context.Context, lic *entity.License) (entity.Time, error) {
		if !lic.Features.CountsFromActivation() {
			return entity.Time{}, nil
		}
		return s.held(ctx, licenseID, machineID)
	})
}

// nodeLock asks since what the terms of the license's features count from.
func (s *Service) nodeLock(ctx context.Context, licenseID int64, machineID string,
	since func(context.Context, *entity.License) (entity.Time, error)) (*entity.License, error) {
	lic, err := store.Get[entity.License](ctx, s.store.Read(), licenseID)
	if err != nil {
		return nil, store.Missing(err, "license", licenseID)
	}
	o, err := s.originOf(ctx, lic)
	if err != nil {
		return nil, fmt.Errorf("read what license %d comes from: %w", licenseID, err)
	}
	locked := document.NodeLocked(*lic, machineID)
	activated, err := since(ctx, lic)
	if err != nil {
		return nil, err
	}
	endSince(&locked, activated)
	if err := s.sign(ctx, &locked, o); err != nil {
		return nil, blameMachine(err)
	}
	return &locked, nil
}

// blameMachine names the member at fault: the license itself was signed before,
// so what cannot be signed of its copy is the machine's id.
func blameMachine(err error) error {
	f := fault.Of(err)
	if f == nil || f.Kind != fault.Invalid {
		return err
	}
	return fault.Bad("machineId", "cannot be stated in a license document: %s", f.Message)
}
