package order

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/store"
)

// Filter narrows a list of orders; what is empty or nil does not.
type Filter struct {
	Offset        int64
	Key           string // part of an activation key, in any case
	Customers     string // ids with commas between; goes with Exclude
	Exclude       *bool  // the customers are those that are left out
	Templates     string // ids with commas between
	CreatedAfter  string // a date, or YYYY-MM-DD HH:MM:SS; inclusive, as CreatedBefore
	CreatedBefore string
	Disabled      bool // only disabled ones
}

// List lists orders, the oldest first, a page at a time.
func (s *Service) List(ctx context.Context, f Filter) ([]entity.LicenseOrder, error) {
	skip, err := offset(f.Offset)
	if err != nil {
		return nil, err
	}
	which, err := s.narrowed(f)
	if err != nil {
		return nil, err
	}
	rows := []entity.LicenseOrder{}
	few := false
	if f.isLookedFor() {
		if few, err = s.areFew(ctx, which); err != nil {
			return nil, err
		}
	}
	q := s.whole(&rows)
	switch {
	case few: // found by what they meet
		q = q.Where("?TableAlias.license_id IN (?)", which(s.licenses("l"), "l"))
	case s.store.Engine() == store.SQLite: // read in their order; the sign keeps SQLite from looking for so many
		q = which(q, "+license")
	default:
		q = which(q, "license")
	}
	err = q.OrderExpr("?TableAlias.license_id").Offset(skip).Limit(PageSize).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("list license orders: %w", store.Normalise(err))
	}
	return rows, nil
}

// isLookedFor says whether an index finds the licenses of a filter. To find those
// whose key has a part is to look at all, of orders or not.
func (f Filter) isLookedFor() bool {
	return f.Customers != "" && !*f.Exclude || f.Templates != "" || f.CreatedAfter != "" || f.CreatedBefore != "" || f.Disabled
}

// fewLicenses are looked up sooner than orders are gone through for them.
const fewLicenses = 5000

// areFew says whether few licenses, of orders or not, meet conditions.
func (s *Service) areFew(ctx context.Context, which conditions) (bool, error) {
	var n int
	err := s.store.Read().NewSelect().TableExpr("(?) AS found", which(s.licenses("l"), "l").Limit(fewLicenses+1)).ColumnExpr("COUNT(*)").Scan(ctx, &n)
	if err != nil {
		return false, fmt.Errorf("count licenses: %w", store.Normalise(err))
	}
	return n <= fewLicenses, nil
}

// licenses selects the ids of those that are no node-locked copies.
func (s *Service) licenses(alias string) *bun.SelectQuery {
	return s.store.Read().NewSelect().TableExpr("licenses AS ?", bun.Ident(alias)).
		ColumnExpr("?.id", bun.Ident(alias)).Where("?.parent_id IS NULL", bun.Ident(alias))
}

// conditions narrow a query to licenses, which have that alias in it, or a sign
// before it.
type conditions func(q *bun.SelectQuery, alias string) *bun.SelectQuery

// narrowed are the conditions of a filter.
func (s *Service) narrowed(f Filter) (conditions, error) {
	var all []conditions
	where := func(condition string, args ...any) {
		all = append(all, func(q *bun.SelectQuery, alias string) *bun.SelectQuery {
			return q.Where(strings.ReplaceAll(condition, "license.", alias+"."), args...)
		})
	}
	if f.Key != "" {
		where(s.contains("license.user_key"), lower(f.Key))
	}
	if (f.Customers != "") != (f.Exclude != nil) {
		return nil, fault.Bad("customer_ids_exclude", "goes with customer_ids: send both or neither")
	}
	if f.Customers != "" {
		ids, err := idsOf("customer_ids", f.Customers)
		if err != nil {
			return nil, err
		}
		in := "license.customer_id IN (?)"
		if *f.Exclude {
			in = "license.customer_id NOT IN (?)"
		}
		where(in, bun.List(ids))
	}
	if f.Templates != "" {
		ids, err := idsOf("product_template_ids", f.Templates)
		if err != nil {
			return nil, err
		}
		where("license.template_id IN (?)", bun.List(ids))
	}
	for _, end := range []struct {
		member, value, compare string
		before                 bool
	}{
		{"created_date_after", f.CreatedAfter, ">=", false}, {"created_date_before", f.CreatedBefore, "<=", true},
	} {
		if end.value == "" {
			continue
		}
		from, to, err := spanOf(end.member, end.value)
		if err != nil {
			return nil, err
		}
		if end.before {
			from = to
		}
		where("license.created_at "+end.compare+" ?", from)
	}
	if f.Disabled {
		where("license.revoked")
	}
	return func(q *bun.SelectQuery, alias string) *bun.SelectQuery {
		for _, c := range all {
			q = c(q, alias)
		}
		return q
	}, nil
}

// contains is a condition that a text holds another, given in lower case,
// whatever the case of ASCII letters.
func (s *Service) contains(text string) string {
	if s.store.Engine() == store.Postgres {
		return "strpos(lower(" + text + "), ?) > 0"
	}
	return "instr(lower(" + text + "), ?) > 0"
}

// lower is text with ASCII letters in lower case, as the books' lower makes it.
func lower(text string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r - 'A' + 'a'
		}
		return r
	}, text)
}

// maxIDs bounds a list of ids in a query.
const maxIDs = 500

func idsOf(member, text string) ([]int64, error) {
	parts := strings.Split(text, ",")
	if len(parts) > maxIDs {
		return nil, fault.Bad(member, "has %d ids, %d is the most", len(parts), maxIDs)
	}
	ids := make([]int64, len(parts))
	for i, part := range parts {
		id, err := strconv.ParseInt(strings.TrimSpace(part), 10, 64)
		if err != nil {
			return nil, fault.Bad(member, "%.40q is not an id", part)
		}
		ids[i] = id
	}
	return ids, nil
}

// spanOf is the first and the last moment of a day or a second.
func spanOf(member, text string) (from, to entity.Time, err error) {
	if day, err := time.Parse(time.DateOnly, text); err == nil && day.Year() > 0 {
		return entity.TimeOf(day), entity.TimeOf(day.Add(24*time.Hour - time.Microsecond)), nil
	}
	if second, err := time.Parse(time.DateTime, text); err == nil && second.Year() > 0 {
		return entity.TimeOf(second), entity.TimeOf(second.Add(time.Second - time.Microsecond)), nil
	}
	return from, to, fault.Bad(member, "%.40q is not a date such as 2026-01-31", text)
}
