package settings

import (
	"fmt"
	"time"
)

// Log are the settings of the log that administrators read.
type Log struct {
	ToDatabase bool          // keep entries in the books; false: only on the console
	Retention  time.Duration // how long an entry is kept
	MaxEntries int64         // the newest ones that are kept, whatever their age
}

// DefaultLog keeps a month: who looks into a log asks what was last week, or
// before the last update. The number of entries bounds the disk, at about 500
// bytes each.
func DefaultLog() Log {
	return Log{ToDatabase: true, Retention: 30 * 24 * time.Hour, MaxEntries: 1_000_000}
}

// Validate refuses settings under which nothing would be kept.
func (l Log) Validate() error {
	if l.Retention < time.Minute || l.Retention > 10*365*24*time.Hour {
		return fmt.Errorf("log retention: must be from 1m to 87600h")
	}
	if l.MaxEntries < 1 {
		return fmt.Errorf("log entries: must be at least 1")
	}
	return nil
}
