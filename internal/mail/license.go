package mail

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/store"
)

// SendLicense queues the e-mail of a template about a license, to its licensee
// and, as copies, to the contacts of its customer who are to be notified. A row
// that is not there is NotFound; a license without an address, a template that
// cannot be used are Invalid; a template that is switched off, and e-mail that
// is not set up, a Conflict.
func (s *Service) SendLicense(ctx context.Context, licenseID, resourceID int64) error {
	set := s.settings()
	if err := ready(set); err != nil {
		return err
	}
	if licenseID == 0 {
		return fault.Bad("licenseId", "is missing")
	}
	if resourceID == 0 {
		return fault.Bad("resourceId", "is missing")
	}
	lic, err := store.Get[entity.License](ctx, s.store.Read(), licenseID)
	if err != nil {
		return store.Missing(err, "license", licenseID)
	}
	if lic.ParentID != nil {
		return fault.Bad("licenseId", "license %d is the node-locked copy of license %d; name that one", lic.ID, *lic.ParentID)
	}
	resource, err := store.Get[entity.Resource](ctx, s.store.Read(), resourceID)
	if err != nil {
		return store.Missing(err, "resource", resourceID)
	}
	t, err := templateOf(resource)
	if err != nil {
		return err
	}
	customer, err := s.customerOf(ctx, lic)
	if err != nil {
		return err
	}
	out := outgoing{about: fmt.Sprintf("license %s by resource %d", lic.LicenseID, resource.ID)}
	if out.recipients, err = audience(lic, customer, t); err != nil {
		return err
	}
	if out.Message, err = t.fill(valuesOf(lic, customer)); err != nil {
		return err
	}
	if t.attachFiles && lic.LicensingMode == entity.File {
		file, err := s.licenseFile(ctx, lic)
		if err != nil {
			return err
		}
		out.Attachments = []Attachment{file}
	}
	return s.enqueue(ctx, set, out)
}

// customerOf is the customer of a license with its contacts; without one an
// empty one.
func (s *Service) customerOf(ctx context.Context, lic *entity.License) (*entity.Customer, error) {
	c := &entity.Customer{}
	if lic.CustomerID == nil {
		return c, nil
	}
	err := s.store.Read().NewSelect().Model(c).Where("?TableAlias.id = ?", *lic.CustomerID).Relation("Contacts").Scan(ctx)
	if err = store.Normalise(err); err != nil && !errors.Is(err, store.ErrNoRow) {
		return nil, fmt.Errorf("read the customer of license %d: %w", lic.ID, err)
	}
	return c, nil
}

// audience is who gets the e-mail about a license.
func audience(lic *entity.License, customer *entity.Customer, t *template) ([]entity.Recipient, error) {
	if lic.LicenseeEmail == "" {
		return nil, fault.Bad("licenseId", "license %d has no licenseeEmail", lic.ID)
	}
	to := Address{Name: oneLine(lic.LicenseeName), Email: lic.LicenseeEmail}
	if err := checkAddress("licenseeEmail", to.Email); err != nil {
		return nil, fault.Bad("licenseId", "license %d cannot be mailed: %s", lic.ID, err)
	}
	cc := t.cc
	for _, c := range customer.Contacts {
		if !c.Notify || c.Email == "" {
			continue
		}
		if err := checkAddress("email", c.Email); err != nil {
			return nil, fault.Bad("licenseId", "license %d cannot be mailed: contact %d of its customer: %s", lic.ID, c.ID, err)
		}
		cc = append(cc, Address{Name: oneLine(c.FirstName + " " + c.LastName), Email: c.Email})
	}
	list := recipients(nil, entity.RecipientTo, to)
	list = recipients(list, entity.RecipientCc, cc...)
	list = recipients(list, entity.RecipientBcc, t.bcc...)
	if len(list) > maxRecipients {
		return nil, fault.Bad("licenseId", "license %d and the template have %d recipients, %d is the most", lic.ID, len(list), maxRecipients)
	}
	return list, nil
}

// fill is the message of a template with the placeholders filled in.
func (t *template) fill(v values) (Message, error) {
	m := Message{Subject: oneLine(v.fill(t.subject, plain)), IsHTML: t.isHTML}
	if len(m.Subject) > maxSubject {
		return m, fault.Bad("resourceId", "the subject would have %d bytes, %d is the most", len(m.Subject), maxSubject)
	}
	if t.isHTML {
		m.Body = v.fillHTML(t.body)
	} else {
		m.Body = v.fill(t.body, plain)
	}
	if len(m.Body) > maxBody {
		return m, fault.Bad("resourceId", "the body would have more than %d bytes", maxBody)
	}
	return m, nil
}

// licenseFile is the document of a license as a file, under the name that its
// template gives to such files.
func (s *Service) licenseFile(ctx context.Context, lic *entity.License) (Attachment, error) {
	a := Attachment{FileName: lic.LicenseID + ".lic", ContentType: "text/plain", Content: base64.StdEncoding.EncodeToString([]byte(lic.LicenseKey))}
	if lic.Format == entity.FormatXML || lic.Format == entity.FormatXMLDSig {
		a.ContentType = "application/xml"
	}
	if lic.TemplateID != nil {
		t, err := store.Get[entity.LicenseTemplate](ctx, s.store.Read(), *lic.TemplateID)
		if err != nil && !errors.Is(err, store.ErrNoRow) {
			return a, fmt.Errorf("read the template of license %d: %w", lic.ID, err)
		}
		if err == nil && t.LicenseFileName != "" {
			a.FileName = t.LicenseFileName
		}
	}
	if checkFileName("", a.FileName) != nil {
		a.FileName = "license.lic"
	}
	return a, nil
}
