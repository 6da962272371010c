package settings

import "time"

// Log are the settings of the log that administrators read.
type Log struct {
	ToDatabase bool          // keep entries in the books; false: only on the console
	Retention  time.Duration // how long an entry is kept there
}

// DefaultLog keeps a month: who looks into a log asks what was last week, or
// before the last update.
func DefaultLog() Log { return Log{ToDatabase: true, Retention: 30 * 24 * time.Hour} }
