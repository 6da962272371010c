package entity

import (
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/licet/licet/internal/fault"
)

func TestTimeFromJSON(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	for in, want := range map[string]time.Time{
		`null`:                               {},
		`""`:                                 {},
		`"  "`:                               {},
		`"0001-01-01T00:00:00"`:              {}, // .NET's unset date
		`"0001-01-01T00:00:00Z"`:             {},
		`"0001-12-31T23:59:59Z"`:             {},
		`"0001-12-31T23:59:59-01:00"`:        time.Date(2, 1, 1, 0, 59, 59, 0, time.UTC),
		`"0000-06-01"`:                       {},
		`"0002-01-01"`:                       time.Date(2, 1, 1, 0, 0, 0, 0, time.UTC),
		`"2026-01-31T12:00:00Z"`:             noon,
		`"2026-01-31T12:00:00"`:              noon,
		`"2026-01-31T13:30:00+01:30"`:        noon,
		`" 2026-01-31T12:00:00Z "`:           noon,
		`"2026-01-31T12:00:00.1234567Z"`:     noon.Add(123456 * time.Microsecond),
		`"2026-01-31T12:00:00.1234567"`:      noon.Add(123456 * time.Microsecond),
		`"2026-01-31"`:                       noon.Truncate(24 * time.Hour),
		`"9999-12-31T23:59:59.9999999"`:      time.Date(9999, 12, 31, 23, 59, 59, 999999000, time.UTC), // .NET's last date
		`"9999-12-31T23:59:59.999999+00:00"`: time.Date(9999, 12, 31, 23, 59, 59, 999999000, time.UTC),
	} {
		got := TimeOf(noon.Add(time.Hour)) // decoding must overwrite what was there
		if err := json.Unmarshal([]byte(in), &got); err != nil {
			t.Errorf("%s: %v", in, err)
		}
		if !got.Std().Equal(want) || got.IsZero() != want.IsZero() {
			t.Errorf("%s: %v, want %v", in, got.Std(), want)
		}
	}
}

func TestWhatIsNoTime(t *testing.T) {
	t.Parallel()
	for _, in := range []string{
		`0`, `1769860800`, `1.5`, `true`, `{}`, `[]`, `"soon"`, `"12:00"`, `"31.01.2026"`, `"2026-02-30"`, `"2026-01-31T25:00:00Z"`,
		`"10000-01-01T00:00:00Z"`, `"9999-12-31T23:59:59-00:01"`, `"2026-01-31T12:00:00 Z"`, `"2026-01-31 12:00:00"`, `"-0001-01-01"`,
	} {
		before := TimeOf(time.Unix(7, 0))
		got := before
		if err := json.Unmarshal([]byte(in), &got); err == nil {
			t.Errorf("%s was read as %v", in, got)
		}
		if !got.Equal(before) {
			t.Errorf("%s changed the time to %v", in, got)
		}
	}
}

func TestTimeOnTheWire(t *testing.T) {
	t.Parallel()
	for want, at := range map[string]Time{
		`null`:                          {},
		`"1970-01-01T00:00:00Z"`:        TimeOfMicros(0),
		`"2026-01-31T12:00:00.000001Z"`: TimeOf(time.Date(2026, 1, 31, 13, 0, 0, 1999, time.FixedZone("", 3600))),
	} {
		if got, err := json.Marshal(at); err != nil || string(got) != want {
			t.Errorf("%s, %v; want %s", got, err, want)
		}
	}
}

// Every moment that can be written can be read again, in JSON and in the books.
func TestTimeRoundTrips(t *testing.T) {
	t.Parallel()
	first := time.Date(2, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()
	last := time.Date(9999, 12, 31, 23, 59, 59, 999999999, time.UTC).UnixMicro()
	rapid.Check(t, func(t *rapid.T) {
		at := TimeOfMicros(rapid.Int64Range(first, last).Draw(t, "µs"))
		if rapid.Bool().Draw(t, "none") {
			at = Time{}
		}
		wire, err := json.Marshal(at)
		if err != nil {
			t.Fatal(err)
		}
		var read Time
		if err := json.Unmarshal(wire, &read); err != nil || !read.Equal(at) || read.IsZero() != at.IsZero() {
			t.Fatalf("%s was read as %v: %v", wire, read, err)
		}
		stored, err := at.Value()
		if err != nil {
			t.Fatal(err)
		}
		var scanned Time
		if err := scanned.Scan(stored); err != nil || !scanned.Equal(at) || scanned.IsZero() != at.IsZero() {
			t.Fatalf("%v was scanned as %v: %v", stored, scanned, err)
		}
	})
}

func TestTimeInTheBooks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		at   Time
		want any
	}{
		{Time{}, nil}, {TimeOfMicros(0), int64(0)}, {TimeOfMicros(-1), int64(-1)},
		{TimeOf(time.Unix(1, 1999)), int64(1000001)}, {TimeOf(time.Time{}), nil},
	} {
		if got, err := c.at.Value(); err != nil || got != c.want {
			t.Errorf("%v is stored as %v, %v; want %v", c.at, got, err, c.want)
		}
	}
	at := TimeOfMicros(7)
	if err := at.Scan(nil); err != nil || !at.IsZero() {
		t.Errorf("NULL is %v, %v", at, err)
	}
	for _, src := range []any{"2026-01-31", 1.5, []byte("7"), time.Now(), true} {
		if err := at.Scan(src); err == nil {
			t.Errorf("%T was scanned", src)
		}
	}
}

// FuzzParseTime: whatever is read can be written, and is then read as the same.
func FuzzParseTime(f *testing.F) {
	for _, s := range []string{"", "0001-01-01", "2026-01-31T12:00:00.5+14:00", "9999-12-31T23:59:59Z", "10000-01-01", "2026-02-29"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		at, err := ParseTime(s)
		if err != nil {
			return
		}
		if again, err := ParseTime(at.String()); err != nil || !again.Equal(at) {
			t.Fatalf("%q is %v, which is read as %v: %v", s, at, again, err)
		}
	})
}

func TestChangesNeverHaveTheSameTime(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	was := TimeOf(noon)
	for _, c := range []struct{ now, want time.Time }{
		{noon.Add(time.Hour), noon.Add(time.Hour)},
		{noon.Add(time.Microsecond), noon.Add(time.Microsecond)},
		{noon.Add(999), noon.Add(time.Microsecond)}, // within the precision of the books
		{noon, noon.Add(time.Microsecond)},
		{noon.Add(-time.Hour), noon.Add(time.Microsecond)}, // the clock was set back
	} {
		if got := was.Next(c.now); !got.Std().Equal(c.want) {
			t.Errorf("at %v: %v, want %v", c.now, got, c.want)
		}
	}
	if got := (Time{}).Next(noon); !got.Equal(was) {
		t.Errorf("after none: %v", got)
	}
}

func TestStaleStamps(t *testing.T) {
	t.Parallel()
	stored := TimeOf(time.Date(2026, 1, 31, 12, 0, 0, 1000, time.UTC))
	for _, sent := range []Time{{}, stored, TimeOf(stored.Std().In(time.FixedZone("x", 3600)))} {
		if err := RefuseStale(sent, stored); err != nil {
			t.Errorf("%v: %v", sent, err)
		}
	}
	for _, sent := range []time.Time{stored.Std().Add(time.Microsecond), stored.Std().Add(-time.Microsecond)} {
		if err := RefuseStale(TimeOf(sent), stored); !fault.IsKind(err, fault.Conflict) {
			t.Errorf("%v: %v", sent, err)
		}
	}
}
