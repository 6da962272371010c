package instance

import (
	"context"
	"fmt"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/journal"
	"github.com/licet/licet/internal/store"
)

// Input is an instance as it was sent.
type Input struct {
	LicenseID      *int64                `json:"licenseId"`
	OrganisationID *int64                `json:"organisationId"`
	ProjectID      *int64                `json:"projectId"`
	LicenseStatus  *entity.LicenseStatus `json:"licenseStatus" jsonschema:"enum=PENDING,enum=LICENCED,enum=CANCELED"`
	Status         *entity.Status        `json:"status" jsonschema:"enum=ACTIVE,enum=DISABLED,enum=DELETED,default=ACTIVE"`
}

const (
	instancesSeen = "?TableAlias.organisation_id IN (" + mine + ")"
	metaKind      = "licenseInstanceMeta"
)

// Instances are the license instances.
func (s *Service) Instances() Desk[entity.LicenseInstance, Input] {
	return book[entity.LicenseInstance, *entity.LicenseInstance, Input]{
		Service: s, noun: "license instance", kind: "licenseInstance", include: "license.scoreGroups, licenseInstanceMeta", needs: []string{"license_id"},
		seen: instancesSeen, params: 1,
		duplicate: "there is an active instance of this license, organisation and project already",
		says: func(i *entity.LicenseInstance) string {
			return fmt.Sprintf("%s: license %d, organisation %d, project %d", i.LicenseStatus, i.LicenseID, i.OrganisationID, i.ProjectID)
		},
		merge: mergeInstance, refer: s.referInstance, after: s.license,
	}
}

func mergeInstance(in *Input, i *entity.LicenseInstance, isNew bool) error {
	err := need(isNew, member{"licenseId", in.LicenseID != nil}, member{"organisationId", in.OrganisationID != nil},
		member{"projectId", in.ProjectID != nil}, member{"licenseStatus", in.LicenseStatus != nil})
	if err != nil {
		return err
	}
	for _, m := range []struct {
		into, sent *int64
		name       string
	}{
		{&i.LicenseID, in.LicenseID, "licenseId"}, {&i.OrganisationID, in.OrganisationID, "organisationId"}, {&i.ProjectID, in.ProjectID, "projectId"},
	} {
		if err := fixed(m.into, m.sent, m.name, isNew); err != nil {
			return err
		}
	}
	was := i.LicenseStatus
	put(&i.LicenseStatus, in.LicenseStatus)
	put(&i.Status, in.Status)
	if !isNew && i.LicenseStatus.Valid() && !was.MayBecome(i.LicenseStatus) {
		return &fault.Error{Kind: fault.Conflict, Field: "licenseStatus", Message: fmt.Sprintf("cannot go from %s to %s", was, i.LicenseStatus)}
	}
	return nil
}

// referInstance judges what an instance stands on. All of it must be in use
// where the instance comes into use; afterwards it stays what it is.
func (s *Service) referInstance(ctx context.Context, tx *store.Tx, by Caller, i, was *entity.LicenseInstance) error {
	inUse := i.Status == entity.StatusActive && (was == nil || was.Status != entity.StatusActive)
	if !inUse && was != nil {
		return mayWrite(ctx, tx, by, &i.OrganisationID)
	}
	organisation := referred{member: "organisationId", noun: "organisation", table: "organisations", seen: "x.id IN (" + mine + ")", params: 1}
	status, err := organisation.status(ctx, s, tx, by, i.OrganisationID)
	if err != nil {
		return err
	}
	if err := mayWrite(ctx, tx, by, &i.OrganisationID); err != nil {
		return err
	}
	if err := organisation.active(status, i.OrganisationID); err != nil {
		return err
	}
	for _, r := range []struct {
		referred
		id int64
	}{
		{referred{member: "licenseId", noun: "license", table: "regulatory_licenses"}, i.LicenseID},
		{referred{member: "projectId", noun: "project", table: "projects", seen: projectSeen("x"), params: 2}, i.ProjectID},
	} {
		status, err := r.status(ctx, s, tx, by, r.id)
		if err != nil {
			return err
		}
		if err := r.active(status, r.id); err != nil {
			return err
		}
	}
	return nil
}

// license begins the first period of an instance that becomes licenced.
func (s *Service) license(ctx context.Context, tx *store.Tx, i, was *entity.LicenseInstance) error {
	if i.LicenseStatus != entity.LicenseLicenced || was != nil && was.LicenseStatus == entity.LicenseLicenced {
		return nil
	}
	now := entity.Millis{Time: s.now()}
	m := &entity.LicenseInstanceMeta{
		Kept:       entity.Kept{Status: entity.StatusActive, CreatedAt: now, UpdatedAt: now},
		InstanceID: i.ID, StartedAt: entity.TimeOfMicros(now.Micros() / 1000 * 1000),
	}
	if _, err := tx.NewInsert().Model(m).Exec(ctx); err != nil {
		return fmt.Errorf("insert a period of license instance %d: %w", i.ID, err)
	}
	return journal.Record(ctx, tx, s.entry(journal.Insert, metaKind, m.ID, "%s", saysPeriod(m)))
}

func saysPeriod(m *entity.LicenseInstanceMeta) string {
	return fmt.Sprintf("license instance %d: from %s to %s", m.InstanceID, m.StartedAt, m.ExpiredAt)
}

// MetaInput is a period as it was sent.
type MetaInput struct {
	InstanceID *int64         `json:"licenseInstanceId"`
	Status     *entity.Status `json:"status" jsonschema:"enum=ACTIVE,enum=DISABLED,enum=DELETED"`
	StartedAt  Epoch          `json:"startedAt"`
	ExpiredAt  Epoch          `json:"expiredAt"`
}

// Periods are the periods of instances.
func (s *Service) Periods() Desk[entity.LicenseInstanceMeta, MetaInput] {
	instance := referred{member: "licenseInstanceId", noun: "license instance", table: "license_instances", seen: "x.organisation_id IN (" + mine + ")", params: 1, alone: true}
	return book[entity.LicenseInstanceMeta, *entity.LicenseInstanceMeta, MetaInput]{
		Service: s, noun: "license instance meta", kind: metaKind,
		seen: "?TableAlias.instance_id IN (SELECT x.id FROM license_instances AS x WHERE x.organisation_id IN (" + mine + "))", params: 1,
		says: saysPeriod,
		merge: func(in *MetaInput, m *entity.LicenseInstanceMeta, isNew bool) error {
			put(&m.Status, in.Status)
			if in.StartedAt.Sent {
				m.StartedAt = in.StartedAt.At
			}
			if in.ExpiredAt.Sent {
				m.ExpiredAt = in.ExpiredAt.At
			}
			if err := need(isNew, member{"licenseInstanceId", in.InstanceID != nil}); err != nil {
				return err
			}
			return fixed(&m.InstanceID, in.InstanceID, "licenseInstanceId", isNew)
		},
		refer: func(ctx context.Context, tx *store.Tx, by Caller, m, was *entity.LicenseInstanceMeta) error {
			if _, err := instance.status(ctx, s, tx, by, m.InstanceID); err != nil { // of a row that is seen it is there
				return err
			}
			i, err := store.Get[entity.LicenseInstance](ctx, tx, m.InstanceID)
			if err != nil {
				return err
			}
			if err := mayWrite(ctx, tx, by, &i.OrganisationID); err != nil || was != nil {
				return err
			}
			return fewEnough(ctx, tx, "license_instance_meta", "instance_id", i.ID, "license instance")
		},
	}
}
