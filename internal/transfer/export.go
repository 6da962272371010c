package transfer

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/seat"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/vault"
)

// Progress is told what is being done and how much of all of it is.
type Progress func(what string, done, all int64)

// Export writes all books as they are in the snapshot. Program and now go into
// the header; progress, in rows, may be nil.
func Export(ctx context.Context, from *store.Snapshot, w io.Writer, program string, now time.Time, progress Progress) (*Footer, error) {
	e := exporter{from: from, out: newWriter(w), footer: Footer{End: true, Rows: map[string]int64{}}, progress: progress}
	if err := e.header(ctx, program, now); err != nil {
		return nil, err
	}
	if err := e.count(ctx); err != nil {
		return nil, err
	}
	for _, t := range tables() {
		if err := e.table(ctx, &t); err != nil {
			return nil, fmt.Errorf("export %s: %w", t.name, err)
		}
	}
	if err := e.out.flush(); err != nil {
		return nil, err
	}
	e.footer.SHA256 = e.out.hex()
	if err := e.out.object(e.footer); err != nil {
		return nil, err
	}
	return &e.footer, e.out.flush()
}

type exporter struct {
	from      *store.Snapshot
	out       *writer
	footer    Footer
	progress  Progress
	done, all int64
	buf       []byte
	ahead     int64 // microseconds that lease time is ahead of the clock
}

func (e *exporter) header(ctx context.Context, program string, now time.Time) error {
	schema, err := store.SchemaVersion()
	if err != nil {
		return err
	}
	h := Header{Licet: fileKind, Format: formatVersion, Program: program, Schema: schema, Engine: e.from.Engine().String(), At: entity.TimeOf(now)}
	if unfinished, err := e.state(ctx, markName); err != nil || unfinished != "" {
		return errors.Join(err, errUnfinished)
	}
	if h.ServerKeyCheck, err = e.state(ctx, vault.CheckName); err != nil {
		return err
	}
	if err := e.leaseMarks(ctx, &h); err != nil {
		return err
	}
	if h.Sequences, err = e.sequences(ctx); err != nil {
		return fmt.Errorf("read the highest ids: %w", err)
	}
	return e.out.object(h)
}

// state reads a row of server_state; "" where there is none. The name is ours.
func (e *exporter) state(ctx context.Context, name string) (value string, err error) {
	err = e.from.Row(ctx, `SELECT value FROM server_state WHERE name = '`+name+`'`, &value)
	if err != nil && !errors.Is(err, store.ErrNoRow) {
		return "", fmt.Errorf("read %s: %w", name, err)
	}
	return value, nil
}

// leaseMarks says how the leases are judged. Where the lease time of a SQLite
// server is ahead of the clock, because that was set back, its leases end sooner
// in the file by as much: PostgreSQL judges by its own clock, and would keep them
// that much longer.
func (e *exporter) leaseMarks(ctx context.Context, h *Header) (err error) {
	if h.LeaseClock, err = e.leaseMark(ctx, seat.LeaseClock); err != nil {
		return err
	}
	if h.LeaseTime, err = e.leaseMark(ctx, seat.LeaseTime); err != nil || e.from.Engine() == store.Postgres {
		return err
	}
	e.ahead = max(0, h.LeaseClock.Micros()-h.At.Micros(), h.LeaseTime.Micros()-h.At.Micros())
	for _, at := range []*entity.Time{&h.LeaseClock, &h.LeaseTime} {
		if !at.IsZero() {
			*at = entity.TimeOfMicros(at.Micros() - e.ahead)
		}
	}
	return nil
}

// leaseMark is how the leases in the snapshot are judged: on PostgreSQL by the
// database's clock, on SQLite by the server's last marks.
func (e *exporter) leaseMark(ctx context.Context, name string) (entity.Time, error) {
	if e.from.Engine() == store.Postgres {
		var micros int64
		err := e.from.Row(ctx, `SELECT CAST(extract(epoch FROM now()) * 1000000 AS bigint)`, &micros)
		return entity.TimeOfMicros(micros), err
	}
	mark, err := e.state(ctx, name)
	if err != nil || mark == "" {
		return entity.Time{}, err
	}
	micros, err := strconv.ParseInt(mark, 10, 64)
	if err != nil {
		return entity.Time{}, fmt.Errorf("read the lease clock: %w", err)
	}
	return entity.TimeOfMicros(micros), nil
}

func (e *exporter) sequences(ctx context.Context) (map[string]int64, error) {
	highest := map[string]int64{}
	for _, t := range tables() {
		query := `SELECT COALESCE(MAX(seq), 0) FROM sqlite_sequence WHERE name = '` + t.name + `'`
		if e.from.Engine() == store.Postgres {
			var sequence sql.NullString
			if err := e.from.Row(ctx, `SELECT `+sequenceOf(&t), &sequence); err != nil {
				return nil, err
			}
			if !sequence.Valid {
				continue
			}
			query = `SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM ` + sequence.String
		}
		var n int64
		if err := e.from.Row(ctx, query, &n); err != nil {
			return nil, err
		}
		if n > 0 {
			highest[t.name] = n
		}
	}
	return highest, nil
}

// sequenceOf is SQL for the name of the sequence of a table on PostgreSQL, which
// belongs to its first key column; null where there is none.
func sequenceOf(t *table) string {
	return fmt.Sprintf(`pg_get_serial_sequence('%s', '%s')`, t.name, t.columns[t.key[0]].name)
}

// count finds out how much there is to do.
func (e *exporter) count(ctx context.Context) error {
	if e.progress == nil {
		return nil
	}
	for _, t := range tables() {
		var n int64
		if err := e.from.Row(ctx, `SELECT COUNT(*) FROM `+quoted(t.name), &n); err != nil {
			return fmt.Errorf("count %s: %w", t.name, err)
		}
		e.all += n
	}
	return nil
}

func (e *exporter) table(ctx context.Context, t *table) error {
	e.footer.Rows[t.name] = 0
	for _, where := range t.passes() {
		if err := e.pass(ctx, t, where); err != nil {
			return err
		}
	}
	return nil
}

// passes are the conditions by which rows go out, one after the other: of a table
// that refers to itself, which it does one level deep, first what is referred to. To
// sort by that would keep all rows at once.
func (t *table) passes() []string {
	for _, c := range t.columns {
		if c.refers == t.name {
			return []string{quoted(c.name) + " IS NULL", quoted(c.name) + " IS NOT NULL"}
		}
	}
	return []string{"TRUE"}
}

func (e *exporter) pass(ctx context.Context, t *table, where string) (err error) {
	rows, err := e.from.Query(ctx, `SELECT `+e.columns(t)+` FROM `+quoted(t.name)+` WHERE `+where+` ORDER BY `+strings.Join(t.keyNames(), ", "))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		values, err := t.scan(rows)
		if err != nil {
			return err
		}
		if err := e.row(t, values); err != nil {
			return err
		}
	}
	return store.Normalise(rows.Err())
}

// columns are those of a table as they go out.
func (e *exporter) columns(t *table) string {
	if e.ahead == 0 || t.name != "license_tokens" {
		return t.names()
	}
	return strings.Replace(t.names(), `"expire_at"`, fmt.Sprintf(`"expire_at" - %d`, e.ahead), 1)
}

func (e *exporter) row(t *table, values []any) (err error) {
	e.done++
	if key, is := values[t.key[0]].(string); is && t.isLeft(key) {
		return nil
	}
	if e.buf, err = t.appendLine(e.buf[:0], values); err != nil {
		return fmt.Errorf("row %s: %w", t.id(values), err)
	}
	if len(e.buf) > maxLine {
		return fmt.Errorf("row %s: %w", t.id(values), errLine)
	}
	e.footer.Rows[t.name]++
	if e.progress != nil {
		e.progress("export, rows", e.done, e.all)
	}
	return e.out.line(e.buf)
}

// scan reads a row in the form that values have here.
func (t *table) scan(rows *sql.Rows) ([]any, error) {
	values, into := make([]any, len(t.columns)), make([]any, len(t.columns))
	for i := range values {
		into[i] = &values[i]
	}
	if err := rows.Scan(into...); err != nil {
		return nil, fmt.Errorf("read a row: %w", err)
	}
	for i := range values {
		v, err := t.columns[i].plain(values[i])
		if err != nil {
			return nil, err
		}
		values[i] = v
	}
	return values, nil
}

// appendLine writes a row as a line.
func (t *table) appendLine(b []byte, values []any) (_ []byte, err error) {
	b = append(b, `{"kind":"`...)
	b = append(append(b, t.name...), `","row":{`...)
	for i := range t.columns {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(append(b, '"'), t.columns[i].name...), `":`...)
		if b, err = t.columns[i].append(b, values[i]); err != nil {
			return b, err
		}
	}
	return append(b, "}}\n"...), nil
}

// id names a row for people: its key, a part each.
func (t *table) id(values []any) string {
	var parts []string
	for _, v := range t.keyOf(values) {
		parts = append(parts, fmt.Sprint(v))
	}
	return strings.Join(parts, "/")
}
