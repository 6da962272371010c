package entity

// LogEntry is one thing that happened. It holds no secret.
type LogEntry struct {
	ID              int64    `bun:"id,pk,autoincrement" json:"id"`
	Message         string   `bun:"message" json:"message"`
	MessageTemplate string   `bun:"message_template" json:"messageTemplate"` // the message with {Names} for what differs
	Level           LogLevel `bun:"level" json:"level"`
	TimeStamp       Time     `bun:"time_stamp,notnull" json:"timeStamp"`
	Exception       string   `bun:"exception" json:"exception"`   // the error's text; "" where none
	Properties      string   `bun:"properties" json:"properties"` // a JSON object
}

// LogLevel says how grave an entry is. The names are those of the published page.
type LogLevel string

// The levels.
const (
	LogDebug       LogLevel = "Debug"
	LogInformation LogLevel = "Information"
	LogWarning     LogLevel = "Warning"
	LogError       LogLevel = "Error"
	LogFatal       LogLevel = "Fatal"
)
