-- +goose Up
-- The queue of outgoing e-mail, and what became of it.
CREATE TABLE mails (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id    TEXT NOT NULL UNIQUE,
    state         TEXT NOT NULL,
    subject       TEXT NOT NULL,
    recipients    TEXT NOT NULL,
    created_at    INTEGER NOT NULL,
    next_at       INTEGER,
    claimed_until INTEGER,
    settled_at    INTEGER,
    attempts      INTEGER NOT NULL DEFAULT 0,
    last_error    TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX mails_next_at ON mails (next_at, id) WHERE state = 'queued';
CREATE INDEX mails_settled_at ON mails (settled_at) WHERE settled_at IS NOT NULL;

-- What a mail says, until it is settled.
CREATE TABLE mail_contents (
    mail_id     INTEGER PRIMARY KEY REFERENCES mails (id) ON DELETE CASCADE,
    body        TEXT NOT NULL,
    is_html     INTEGER NOT NULL,
    attachments TEXT NOT NULL
) STRICT;
