package order

import (
	"context"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/hostid"
	"github.com/licet/licet/internal/issuing"
)

// made is what the work on an activation leads to.
type made struct {
	content, filename          string
	expiration, maintenanceEnd entity.Time // the earliest ends of the enabled features
}

// activated is an activation as its documents state it: with the machine only
// where the order ties its licenses to one.
func activated(o *entity.LicenseOrder, row *activation) (issuing.Activated, error) {
	a := issuing.Activated{Time: row.Token.IssueDate, Since: row.Since}
	if !hostid.Locked(Rules(o.HostIDs)) {
		return a, nil
	}
	var err error
	if a.HostIDs, err = hostIDs(row.HostIDs); len(a.HostIDs) == 0 {
		a.Machine = row.MachineID
	}
	return a, err
}

// text makes the license text of an activation. It must not be called in a
// transaction. A fault says why there can be none.
func (s *Service) text(ctx context.Context, o *entity.LicenseOrder, row *activation) (*made, error) {
	a, err := activated(o, row)
	if err != nil {
		return nil, err
	}
	text, err := s.issuing.OrderText(ctx, o, a)
	if err != nil {
		return nil, err
	}
	return madeOf(o, row, text), nil
}

// madeOf is a text with what else there is to be known of an activation.
func madeOf(o *entity.LicenseOrder, row *activation, text string) *made {
	m := &made{content: text, filename: Filename(o.License.Template, row.Token.IssueDate)}
	for _, f := range o.License.Features.Granted() {
		m.expiration = earlier(m.expiration, f.EndFrom(row.Since))
		m.maintenanceEnd = earlier(m.maintenanceEnd, f.MaintenanceEndFrom(row.Since))
	}
	return m
}
