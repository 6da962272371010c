package eventlog

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/store"
)

// LevelCount is how many entries of a level one bucket of a histogram has.
type LevelCount struct {
	Date  entity.Time     `json:"date"` // where the bucket begins
	Level entity.LogLevel `json:"level"`
	Count int64           `json:"count"`
}

// Histogram is how many entries there were when. Buckets begin at whole units of
// UTC; those without entries are left out.
type Histogram struct {
	Levels []LevelCount // by date, then from Debug to Fatal
	Unit   Unit
	Total  int64 // entries counted
}

// Unit is how long a bucket is.
type Unit string

// The units.
const (
	Second Unit = "Second"
	Minute Unit = "Minute"
	Hour   Unit = "Hour"
	Day    Unit = "Day"
	Month  Unit = "Month"
	Year   Unit = "Year"
)

const (
	usualIntervals = 30
	mostIntervals  = 1000
)

// Levels counts entries by time and level. intervals is how many buckets the range
// is cut into at most, nil for 30: the unit is the shortest that needs no more (one
// more where the range begins inside of a bucket). An open range begins with the
// oldest entry and ends now.
func (l *Log) Levels(ctx context.Context, r Range, intervals *int64) (*Histogram, error) {
	most := int64(usualIntervals)
	if intervals != nil {
		most = *intervals
	}
	if most < 1 || most > mostIntervals {
		return nil, fault.Bad("intervals", "must be from 1 to %d", mostIntervals)
	}
	if err := r.validate(); err != nil {
		return nil, err
	}
	l.catchUp(ctx)
	r, err := l.closed(ctx, r)
	if err != nil {
		return nil, err
	}
	unit := unitFor(r, most)
	h := &Histogram{Unit: unit, Levels: []LevelCount{}}
	rows, err := l.count(ctx, r, unit.width())
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		h.add(row)
	}
	slices.SortStableFunc(h.Levels, func(a, b LevelCount) int {
		return cmp.Or(a.Date.Std().Compare(b.Date.Std()), cmp.Compare(rank(a.Level), rank(b.Level)))
	})
	return h, nil
}

// closed gives an open range its ends.
func (l *Log) closed(ctx context.Context, r Range) (Range, error) {
	if r.To.IsZero() {
		r.To = entity.TimeOf(l.now())
	}
	if !r.From.IsZero() {
		if r.To.Std().Before(r.From.Std()) {
			r.To = r.From
		}
		return r, nil
	}
	var oldest entity.Time
	if err := l.store.Read().NewRaw(`SELECT MIN(time_stamp) FROM log_entries`).Scan(ctx, &oldest); err != nil {
		return r, fmt.Errorf("find the oldest log entry: %w", store.Normalise(err))
	}
	if r.From = oldest; oldest.IsZero() || r.To.Std().Before(oldest.Std()) {
		r.From = r.To
	}
	return r, nil
}

func unitFor(r Range, most int64) Unit {
	for _, u := range []Unit{Second, Minute, Hour, Day, Month} {
		if u.index(r.To.Std())-u.index(r.From.Std()) <= most {
			return u
		}
	}
	return Year
}

// width is how long the buckets are that the books count: months and years are
// added up from their days, which all have one length.
func (u Unit) width() time.Duration {
	switch u {
	case Second:
		return time.Second
	case Minute:
		return time.Minute
	case Hour:
		return time.Hour
	}
	return 24 * time.Hour
}

// index numbers the buckets of a unit.
func (u Unit) index(t time.Time) int64 {
	switch u {
	case Month:
		return int64(t.Year())*12 + int64(t.Month())
	case Year:
		return int64(t.Year())
	}
	return t.Unix() / int64(u.width()/time.Second)
}

// begin is where the bucket of t begins; t is where a bucket of width begins.
func (u Unit) begin(t time.Time) time.Time {
	switch u {
	case Month:
		return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC)
	case Year:
		return time.Date(t.Year(), 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return t
}

// counted is what the books say of a bucket.
type counted struct {
	Bucket int64
	Level  entity.LogLevel
	Count  int64
}

// count reads the index by time and level, and no row.
func (l *Log) count(ctx context.Context, r Range, width time.Duration) ([]counted, error) {
	var rows []counted
	us := width.Microseconds()
	err := l.store.Read().NewRaw(`SELECT time_stamp / ?0 * ?0 AS bucket, level, COUNT(*) AS count FROM log_entries
		WHERE time_stamp >= ?1 AND time_stamp <= ?2 GROUP BY 1, 2 ORDER BY 1, 2`, us, r.From, r.To).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("count the log: %w", store.Normalise(err))
	}
	return rows, nil
}

// add takes a row of count; rows come in the order of time.
func (h *Histogram) add(row counted) {
	h.Total += row.Count
	date := entity.TimeOf(h.Unit.begin(time.UnixMicro(row.Bucket).UTC()))
	for i := len(h.Levels) - 1; i >= 0 && h.Levels[i].Date.Equal(date); i-- {
		if h.Levels[i].Level == row.Level {
			h.Levels[i].Count += row.Count
			return
		}
	}
	h.Levels = append(h.Levels, LevelCount{Date: date, Level: row.Level, Count: row.Count})
}

func rank(l entity.LogLevel) int {
	return slices.Index([]entity.LogLevel{
		entity.LogDebug, entity.LogInformation, entity.LogWarning, entity.LogError, entity.LogFatal,
	}, l)
}
