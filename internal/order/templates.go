package order

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/hostid"
	"github.com/licet/licet/internal/issuing"
	"github.com/licet/licet/internal/journal"
	"github.com/licet/licet/internal/store"
)

// defaultFilename is how license files are named where nobody said otherwise.
const defaultFilename = "license_%TIME%.lic"

const noTemplate = "Product template ID does not exist."

// defaultTemplate is the template that a new product gets.
func defaultTemplate(p *entity.Product) *entity.LicenseTemplate {
	terms := defaultTerms(GeneratorOf(p))
	t := &entity.LicenseTemplate{
		Name: "Default", Format: entity.FormatJWS, LicensingMode: entity.Activation, LicenseFileName: defaultFilename,
		IssueDate: true, ProductID: &p.ID, OrderTerms: &terms,
	}
	if p.FeatureName != "" { // not made at /products
		t.Features = entity.FeatureList{{Name: p.FeatureName, Terms: &entity.FeatureTerms{
			Version: "1.0", ExpirationType: entity.NoExpiration, IssuedType: entity.NotIssued, MaintenanceType: entity.NoMaintenance, Enabled: true,
		}}}
	}
	return t
}

func defaultTerms(g hostid.Generator) entity.OrderTerms {
	unlocked := hostid.NotLocked
	if !unlocked.KnownTo(g) {
		unlocked = hostid.Any
	}
	return entity.OrderTerms{
		LicenseeType: entity.LicenseeNone, MatchRate: 100, MinHostIDs: 1, ActivationsAllowed: 1,
		HostIDs: []entity.HostIDRule{{Type: string(unlocked), Min: 1, Max: 1}},
	}
}

// TermsOf are the order terms of a template; one that was made elsewhere has the
// default ones.
func TermsOf(t *entity.LicenseTemplate) entity.OrderTerms {
	if t.OrderTerms == nil {
		return defaultTerms(hostid.LMX)
	}
	return *t.OrderTerms
}

// FilenamePattern is how a template, nil for none, names license files.
func FilenamePattern(t *entity.LicenseTemplate) string {
	if t == nil || t.LicenseFileName == "" {
		return defaultFilename
	}
	return t.LicenseFileName
}

// Filename is how the license file of an activation is named: %TIME%, in any
// case, is when it was activated.
func Filename(t *entity.LicenseTemplate, activated entity.Time) string {
	const place = "%TIME%"
	pattern := FilenamePattern(t)
	stamp, name := activated.Std().Format("2006_01_02-15_04"), ""
	for {
		// Not strings.ToUpper: the places of other letters would move.
		i := indexFold(pattern, place)
		if i < 0 {
			return name + pattern
		}
		name += pattern[:i] + stamp
		pattern = pattern[i+len(place):]
	}
}

// indexFold is the first place of an ASCII text in another, in any case; -1 if
// it is not there.
func indexFold(s, what string) int {
	for i := 0; i+len(what) <= len(s); i++ {
		if strings.EqualFold(s[i:i+len(what)], what) {
			return i
		}
	}
	return -1
}

// InsertTemplate adds a template to a product. What is left out is that of its
// Default template when it was made.
func (s *Service) InsertTemplate(ctx context.Context, productID int64, in TemplateInput) (*entity.LicenseTemplate, error) {
	p, err := s.product(ctx, productID)
	if err != nil {
		return nil, err
	}
	t := defaultTemplate(p)
	var c check
	t.Name = c.needed("name", in.Name)
	if in.LicenseFilename != nil {
		t.LicenseFileName = c.needed("license_filename", in.LicenseFilename)
		if strings.ContainsAny(t.LicenseFileName, `/\`) {
			c.bad("license_filename", "is a name, without a folder")
		}
	}
	if c.err != nil {
		return nil, c.err
	}
	d := draft{OrderTerms: *t.OrderTerms, mode: t.LicensingMode, features: t.Features}
	if err := d.apply(&in.Terms, GeneratorOf(p)); err != nil {
		return nil, err
	}
	t.OrderTerms, t.LicensingMode, t.Description, t.Features = &d.OrderTerms, d.mode, d.description, d.features
	if err := issuing.FinishTemplate(t, p); err != nil {
		return nil, spelt(err)
	}
	var row entity.LicenseTemplate
	err = journal.Write(ctx, s.store, func(ctx context.Context, tx *store.Tx) (journal.Entry, error) {
		row = *t
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return journal.Entry{}, fmt.Errorf("insert a product template: %w", err)
		}
		return s.entry(journal.Insert, "licenseTemplate", row.ID, "%s", row.Name), nil
	})
	if errors.Is(err, store.ErrReference) {
		return nil, fault.New(fault.NotFound, noProduct)
	}
	if err != nil {
		return nil, err
	}
	return &row, nil
}

// Templates lists all templates of a product, the oldest first.
func (s *Service) Templates(ctx context.Context, productID int64) ([]entity.LicenseTemplate, error) {
	if _, err := s.product(ctx, productID); err != nil {
		return nil, err
	}
	rows := []entity.LicenseTemplate{}
	err := s.store.Read().NewSelect().Model(&rows).ExcludeColumn("template").Where("product_id = ?", productID).Order("id").Limit(maxTemplates).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("list the templates of product %d: %w", productID, store.Normalise(err))
	}
	return rows, nil
}

// maxTemplates bounds a list that the page gives no offset.
const maxTemplates = 1000

// Template reads a template of a product.
func (s *Service) Template(ctx context.Context, productID, id int64) (*entity.LicenseTemplate, error) {
	t, err := store.Get[entity.LicenseTemplate](ctx, s.store.Read(), id)
	if err == nil && (t.ProductID == nil || *t.ProductID != productID) {
		err = store.ErrNoRow
	}
	return t, missing(err, noTemplate)
}
