package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"github.com/licet/licet/internal/query"
)

// way is how the keys of a list are read. How many rows there are is known by
// then, and it says more than an engine can: SQLite knows nothing of the values
// in a column, and PostgreSQL only what was so a while ago.
type way int

const (
	// asIs leaves the choice to the engine.
	asIs way = iota
	// few finds the rows by what they meet and sorts them then.
	few
	// inOrder reads rows in the order of the list until enough of them meet the
	// conditions. Where many do that is soon.
	inOrder
)

// fewRows are sorted sooner than looked for in an order. Finding fifty among a
// million rows of which so many match takes ten thousand looks, too.
const fewRows = 5000

// count counts the rows of the list and decides how their keys are read.
func (r *reader[T]) count(ctx context.Context) (err error) {
	narrowed := r.filter != nil || r.customer != nil || len(r.listing.Of) > 0
	if !narrowed && r.listing.Total != nil {
		r.total, err = r.listing.Total(ctx)
		return err
	}
	if r.store.engine == SQLite && narrowed {
		if r.indexes, err = r.store.indexesOf(ctx, r.kind); err != nil {
			return err
		}
	}
	if r.total, err = r.counted(ctx); err != nil {
		return err
	}
	switch {
	case !narrowed:
	case r.total <= r.few():
		r.way = few
	case r.store.engine == SQLite:
		r.way = r.wayOfMany()
	}
	return nil
}

// counted counts the rows. Where SQLite has an index to look for them it counts
// no more than few that way: of many it would look at each row, one here and one
// there, while an index with all that the filter reads is short.
func (r *reader[T]) counted(ctx context.Context) (int64, error) {
	all := func(hint string) *bun.SelectQuery {
		return r.meeting(r.store.read.NewSelect().Model((*T)(nil)).ModelTableExpr(r.table()+hint), looking)
	}
	hint := r.hint(nil)
	if hint == "" {
		total, err := all("").Count(ctx)
		return int64(total), err
	}
	if r.isLookedFor() {
		some := all("").ColumnExpr("1").Limit(r.few() + 1)
		total, err := r.store.read.NewSelect().TableExpr("(?) AS found", some).Count(ctx)
		if err != nil || int64(total) <= r.few() {
			return int64(total), err
		}
	}
	total, err := all(hint).Count(ctx)
	return int64(total), err
}

// hint names what to look at all rows by on SQLite, for the filter and these
// columns; "" leaves it the choice. It is needed where indexes are partial:
// SQLite takes each for short and none for complete.
func (r *reader[T]) hint(columns []string) string {
	if r.filter == nil || len(r.listing.Shown) > 0 || r.listing.Only == "" || len(r.indexes) == 0 {
		return ""
	}
	used := r.filter.Columns()
	for _, column := range append(r.fixed(), columns...) {
		used[column] = true
	}
	best := index{}
	for _, i := range r.indexes {
		if i.where == r.listing.Only && i.has(used) && (best.name == "" || len(i.columns) < len(best.columns)) {
			best = i
		}
	}
	switch {
	case best.name != "":
		return " INDEXED BY " + quoted(best.name)
	case r.isLookedFor():
		return ""
	}
	return " NOT INDEXED"
}

// isLookedFor says whether an index finds the rows.
func (r *reader[T]) isLookedFor() bool {
	columns := r.fixed()
	if r.filter != nil {
		columns = append(columns, r.filter.Compared()...)
	}
	return slices.ContainsFunc(r.indexes, func(i index) bool {
		usable := i.where == "" || r.listing.Only != "" && strings.HasSuffix(i.where, r.listing.Only)
		return usable && slices.Contains(columns, i.columns[0])
	})
}

// wayOfMany reads in the order of the list where an index has it, unless one has
// the rows of the filter in that order.
func (r *reader[T]) wayOfMany() way {
	by, found := r.keys[0].Column(), asIs
	for _, i := range r.indexes {
		switch {
		case i.where != "" && i.where != r.listing.Only:
		case i.columns[0] == by:
			found = inOrder
		case len(i.columns) > 1 && i.columns[1] == by && slices.Contains(r.fixed(), i.columns[0]):
			return asIs
		}
	}
	return found
}

// fixed are the columns that have one value in all rows of the list.
func (r *reader[T]) fixed() (columns []string) {
	if r.filter != nil {
		columns = r.filter.Fixed()
	}
	if r.customer != nil && r.kind.owner != nil {
		columns = append(columns, r.kind.owner.Name)
	}
	for _, p := range r.listing.Of {
		columns = append(columns, p.Column)
	}
	return columns
}

// index is one of a SQLite table.
type index struct {
	name    string
	where   string   // the condition of a partial one
	columns []string // and behind them the primary key, which is in every index
}

func (i index) has(columns map[string]bool) bool {
	for column := range columns {
		if !slices.Contains(i.columns, column) {
			return false
		}
	}
	return true
}

// indexesOf are the indexes of a SQLite table, the primary key first.
func (s *Store) indexesOf(ctx context.Context, k *kind) ([]index, error) {
	s.kinds.mu.Lock()
	defer s.kinds.mu.Unlock()
	if k.indexes != nil {
		return k.indexes, nil
	}
	var rows []struct{ Name, Column, Text string }
	err := s.read.NewRaw(`SELECT l.name, COALESCE(c.name, '') AS "column", COALESCE(s.sql, '') AS text
		FROM pragma_index_list(?0) l JOIN pragma_index_info(l.name) c LEFT JOIN sqlite_schema s ON s.name = l.name
		ORDER BY l.name, c.seqno`, k.table.Name).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("look up the indexes: %w", err)
	}
	primary := columnsOf(k.pks)
	found := []index{{columns: primary}}
	for i, row := range rows {
		if row.Name != found[len(found)-1].name {
			_, where, _ := strings.Cut(row.Text, ") WHERE ")
			found = append(found, index{name: row.Name, where: where})
		}
		last := &found[len(found)-1]
		last.columns = append(last.columns, row.Column)
		if i+1 == len(rows) || rows[i+1].Name != row.Name {
			last.columns = append(last.columns, primary...)
		}
	}
	k.indexes = found
	return found, nil
}

func columnsOf(keys []query.Key) []string {
	columns := make([]string, len(keys))
	for i, key := range keys {
		columns[i] = key.Column()
	}
	return columns
}
