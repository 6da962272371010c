package eventlog

import (
	"fmt"
	"log/slog"
	"strings"

	"github.com/licet/licet/internal/entity"
)

// What the texts of an entry hold at most, in bytes.
const (
	maxMessage   = 4 << 10
	maxException = 32 << 10
)

// requestTemplate is the messageTemplate of requests; its names are properties.
const requestTemplate = "{Method} {EndpointName} responded {StatusCode} in {Elapsed} ms"

// entry is the line as it is kept.
func (it *item) entry() entity.LogEntry {
	request := it.line.Message == requestLine
	p := newProperties(request)
	for _, a := range it.attrs {
		p.add("", a)
	}
	it.line.Attrs(func(a slog.Attr) bool {
		p.add("", a)
		return true
	})
	e := entity.LogEntry{
		TimeStamp: entity.TimeOf(it.at), Level: levelOf(it.line.Level),
		Message: clean(it.line.Message, maxMessage), Exception: clean(p.exception(), maxException),
		Properties: p.json(),
	}
	e.MessageTemplate = e.Message
	if request {
		e.MessageTemplate, e.Level = requestTemplate, levelOfStatus(p.status())
		e.Message = clean(fmt.Sprintf("%v %v responded %v in %v ms",
			p.values["Method"], p.values["EndpointName"], p.values["StatusCode"], p.values["Elapsed"]), maxMessage)
	}
	return e
}

// fatal is the slog level from which on an entry is Fatal.
const fatal = slog.LevelError + 4

func levelOf(l slog.Level) entity.LogLevel {
	switch {
	case l < slog.LevelInfo:
		return entity.LogDebug
	case l < slog.LevelWarn:
		return entity.LogInformation
	case l < slog.LevelError:
		return entity.LogWarning
	case l < fatal:
		return entity.LogError
	}
	return entity.LogFatal
}

// levelOfStatus judges a request: what the server did wrong is an error, what the
// caller did wrong, or was denied, a warning.
func levelOfStatus(status int64) entity.LogLevel {
	switch {
	case status >= 500:
		return entity.LogError
	case status >= 400:
		return entity.LogWarning
	}
	return entity.LogInformation
}

// clean makes a text that both engines store, of at most so many bytes.
func clean(text string, most int) string {
	cut := len(text) > most
	if cut {
		text = text[:most]
	}
	text = strings.ReplaceAll(strings.ToValidUTF8(text, ""), "\x00", "")
	if cut {
		text += "…"
	}
	return text
}

// lostEntry tells of entries that were dropped.
func (l *Log) lostEntry(n int64) entity.LogEntry {
	return entity.LogEntry{
		TimeStamp: entity.TimeOf(l.now()), Level: entity.LogWarning,
		MessageTemplate: "{Count} log entries were dropped",
		Message:         fmt.Sprintf("%d log entries were dropped", n), Properties: fmt.Sprintf(`{"Count":%d}`, n),
	}
}
