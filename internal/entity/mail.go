package entity

// Mail is an e-mail in the queue, and what became of it. What it says is kept
// elsewhere, and only until it is settled.
type Mail struct {
	ID           int64       `bun:"id,pk,autoincrement" json:"id"`
	MessageID    string      `bun:"message_id" json:"messageId"` // of the header; the same at every attempt
	State        MailState   `bun:"state" json:"state"`
	Subject      string      `bun:"subject" json:"subject"`
	Recipients   []Recipient `bun:"recipients,type:text" json:"recipients"`
	CreatedAt    Time        `bun:"created_at" json:"createdAt"`
	NextAt       Time        `bun:"next_at" json:"nextAttemptAt"` // none once it is settled
	ClaimedUntil Time        `bun:"claimed_until" json:"-"`       // somebody is sending it, until then at most
	SettledAt    Time        `bun:"settled_at" json:"settledAt"`  // none while it is queued
	Attempts     int64       `bun:"attempts" json:"attempts"`     // begun, the present one included
	LastError    string      `bun:"last_error" json:"lastError"`  // of the last attempt that went wrong; "": none did
}

// MailState says where an e-mail is.
type MailState string

// The states are stored and shown, so they are fixed.
const (
	MailQueued  MailState = "queued"  // waits for its first or next attempt, or is being sent
	MailSent    MailState = "sent"    // the mail server took it for all recipients
	MailPartial MailState = "partial" // for some recipients; their states tell which
	MailFailed  MailState = "failed"  // for none, and it is not tried again
)

// Recipient is somebody that an e-mail goes to.
type Recipient struct {
	Kind  RecipientKind  `json:"kind"`
	Name  string         `json:"name"`
	Email string         `json:"email"`
	State RecipientState `json:"state"`
}

// RecipientKind is the header that names a recipient.
type RecipientKind string

// The kinds.
const (
	RecipientTo  RecipientKind = "to"
	RecipientCc  RecipientKind = "cc"
	RecipientBcc RecipientKind = "bcc" // named by no header
)

// RecipientState says what the mail server answered for a recipient.
type RecipientState string

// The states.
const (
	RecipientWaiting RecipientState = "waiting"
	RecipientTaken   RecipientState = "sent"
	RecipientFailed  RecipientState = "failed" // refused for good, or given up
)
