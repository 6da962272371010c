package instance

import (
	"context"
	"fmt"
	"strings"

	"github.com/uptrace/bun"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/store"
)

// ProjectInput is a project as it was sent.
type ProjectInput struct {
	Name           *string        `json:"name"`
	LegalName      *string        `json:"legalName"`
	Description    *string        `json:"description"`
	Icon           *string        `json:"icon"`
	Website        *string        `json:"website"`
	NetworkStatus  *string        `json:"networkStatus"`
	CoinGeckoID    *string        `json:"coinGeckoId"`
	Params         *entity.Params `json:"params"`
	Tags           *[]string      `json:"tags"`
	ViewTenantIDs  *[]int64       `json:"viewTenantIds"`
	Type           *string        `json:"type"`
	Meta           *entity.Params `json:"meta"`
	TenantID       *int64         `json:"tenantId"`
	OrganisationID *int64         `json:"organisationId"`
	Status         *entity.Status `json:"status" jsonschema:"enum=ACTIVE,enum=DISABLED,enum=DELETED"`
}

// projectSeen is the condition that a member sees a project: it is their
// organisation's, or their organisation has an instance of it.
func projectSeen(alias string) string {
	return strings.ReplaceAll("(@.organisation_id IN ("+mine+") OR @.id IN (SELECT i.project_id FROM license_instances AS i WHERE i.organisation_id IN ("+mine+")))", "@", alias)
}

type projects = book[entity.Project, *entity.Project, ProjectInput]

func (s *Service) projects() projects {
	return projects{
		Service: s, noun: "project", kind: "project", seen: projectSeen("?TableAlias"), params: 2,
		says:  func(p *entity.Project) string { return p.Name },
		merge: mergeProject, refer: s.referProject, fill: s.fillProjects,
	}
}

// Projects are the projects.
func (s *Service) Projects() Desk[entity.Project, ProjectInput] { return s.projects() }

func mergeProject(in *ProjectInput, p *entity.Project, isNew bool) error {
	for _, m := range []struct{ into, sent *string }{
		{&p.Name, in.Name}, {&p.LegalName, in.LegalName}, {&p.Description, in.Description}, {&p.Icon, in.Icon}, {&p.Website, in.Website},
		{&p.NetworkStatus, in.NetworkStatus}, {&p.CoinGeckoID, in.CoinGeckoID}, {&p.Type, in.Type},
	} {
		put(m.into, m.sent)
	}
	put(&p.Params, in.Params)
	put(&p.Meta, in.Meta)
	put(&p.Tags, in.Tags)
	put(&p.ViewTenantIDs, in.ViewTenantIDs)
	put(&p.Status, in.Status)
	if in.TenantID != nil {
		p.TenantID = in.TenantID
	}
	switch sent := in.OrganisationID; {
	case sent == nil:
	case isNew:
		p.OrganisationID = sent
	case p.OrganisationID == nil || *p.OrganisationID != *sent:
		return fault.Bad("organisationId", "cannot be changed")
	}
	return nil
}

func (s *Service) referProject(ctx context.Context, tx *store.Tx, by Caller, p, was *entity.Project) error {
	if was != nil {
		if err := mayWrite(ctx, tx, by, p.OrganisationID); err != nil {
			return err
		}
		return deletable(ctx, tx, p, was, "project", "project_id")
	}
	if p.OrganisationID == nil {
		return mayWrite(ctx, tx, by, nil)
	}
	organisation := referred{member: "organisationId", noun: "organisation", table: "organisations", seen: "x.id IN (" + mine + ")", params: 1}
	status, err := organisation.status(ctx, s, tx, by, *p.OrganisationID)
	if err != nil {
		return err
	}
	if err := mayWrite(ctx, tx, by, p.OrganisationID); err != nil {
		return err
	}
	return organisation.active(status, *p.OrganisationID)
}

// fillProjects adds to projects their instances, of those that the caller sees.
func (s *Service) fillProjects(ctx context.Context, by Caller, rows []entity.Project) error {
	at := make(map[int64]*entity.Project, len(rows))
	ids := make([]int64, len(rows))
	for i := range rows {
		at[rows[i].ID], ids[i] = &rows[i], rows[i].ID
	}
	instances := s.Instances().(book[entity.LicenseInstance, *entity.LicenseInstance, Input])
	list, err := instances.list(ctx, by, entity.Page{Uncounted: true}, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("?TableAlias.project_id IN (?)", bun.List(ids))
	})
	if err != nil {
		return fmt.Errorf("read the instances of projects: %w", err)
	}
	for i, err := range list.Items {
		if err != nil {
			return err
		}
		p := at[i.ProjectID]
		p.Licenses = append(p.Licenses, i)
	}
	return nil
}

// ProjectsWith lists the projects that have an instance of a license from an
// organisation, one that is not deleted. An organisation or a license that is
// not there, or not for the caller, is NotFound.
func (s *Service) ProjectsWith(ctx context.Context, by Caller, organisation, license int64, q Search) (*entity.List[entity.Project], error) {
	if _, err := s.Organisations().Get(ctx, by, organisation); err != nil {
		return nil, err
	}
	if _, err := s.Licenses().Get(ctx, by, license); err != nil {
		return nil, err
	}
	return s.projects().searchAmong(ctx, by, q, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("?TableAlias.id IN (SELECT i.project_id FROM license_instances AS i WHERE i.organisation_id = ? AND i.license_id = ? AND i.status <> ?)",
			organisation, license, entity.StatusDeleted)
	})
}
