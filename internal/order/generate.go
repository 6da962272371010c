package order

import (
	"context"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/hostid"
)

// State is how far the license that an end user asked for is.
type State string

// The states.
const (
	InProgress State = "in_progress"
	Success    State = "success"
	Failed     State = "failed"
)

// Generated is a license that an end user asked for. Only one in the state
// Success has a content, a file name and ends; only one that Failed has errors,
// and it has neither an ID nor a Time.
type Generated struct {
	Activation
	State     State
	Requested entity.Time
	Errors    []GenerationError
}

// GenerationError says why a license could not be made.
type GenerationError struct {
	Message string
	Time    entity.Time
}

// Open finds an order for who has its key, in any case: with its license,
// template, product and customer. Faults: ActivationKeyInvalid, OrderDisabled.
func (s *Service) Open(ctx context.Context, key string) (*entity.LicenseOrder, error) {
	return nil, fault.New(fault.Unavailable, "not yet")
}

// Generate asks for the license of a machine: it takes a slot and puts the work
// into the queue. The same HostIDs again get what is there. Faults:
// ActivationKeyInvalid, OrderDisabled, NoGenerator, LicenseExpired, HostIDMissing,
// ActivationsExhausted, AccountExhausted.
func (s *Service) Generate(ctx context.Context, key string, sent []hostid.HostID) (*Generated, error) {
	return nil, fault.New(fault.Unavailable, "not yet")
}

// Generated is what was asked for with the HostIDs, in whatever state. Faults:
// ActivationKeyInvalid, OrderDisabled, LicenseMissing.
func (s *Service) Generated(ctx context.Context, key string, sent []hostid.HostID) (*Generated, error) {
	return nil, fault.New(fault.Unavailable, "not yet")
}

// InState lists what was asked for under an order, in those states; the oldest
// first. Faults: ActivationKeyInvalid, OrderDisabled.
func (s *Service) InState(ctx context.Context, key string, states []State) ([]Generated, error) {
	return nil, fault.New(fault.Unavailable, "not yet")
}

// Deactivate gives the slot of a machine back, for an end user: as often as the
// order allows. Faults: ActivationKeyInvalid, OrderDisabled, LicenseMissing,
// CannotDeactivate.
func (s *Service) Deactivate(ctx context.Context, key string, sent []hostid.HostID) error {
	return fault.New(fault.Unavailable, "not yet")
}

// RemovalAsked says whether the vendor asks to remove the license from its
// machine. Faults: ActivationKeyInvalid, LicenseMissing.
func (s *Service) RemovalAsked(ctx context.Context, key string, sent []hostid.HostID) (bool, error) {
	return false, fault.New(fault.Unavailable, "not yet")
}

// ConfirmRemoval is told that the license was removed from its machine. Faults:
// ActivationKeyInvalid, LicenseMissing, RemovalNotAsked.
func (s *Service) ConfirmRemoval(ctx context.Context, key string, sent []hostid.HostID) error {
	return fault.New(fault.Unavailable, "not yet")
}

// Work makes the licenses that were asked for, those of nodes that died too,
// until ctx ends; what is being made then is finished. report gets what goes
// wrong with the books; what goes wrong with a license is kept for who asked.
func (s *Service) Work(ctx context.Context, report func(error)) { <-ctx.Done() }

// MakeDue makes all licenses that are due now, once, and says how many it tried.
func (s *Service) MakeDue(ctx context.Context) (tried int, err error) {
	return 0, fault.New(fault.Unavailable, "not yet")
}
