-- +goose Up
-- What an activation of a license order has beside its token, which is the slot
-- that it holds. The token's machine id is the digest of the HostIDs.
CREATE TABLE order_activations (
    token_id        INTEGER PRIMARY KEY REFERENCES license_tokens (id) ON DELETE CASCADE,
    license_id      INTEGER NOT NULL REFERENCES license_orders (license_id) ON DELETE CASCADE,
    sent_digest     TEXT NOT NULL,              -- of all HostIDs that were sent
    hostids         TEXT NOT NULL DEFAULT '',   -- those that were kept, for good
    machine_id      TEXT NOT NULL DEFAULT '',   -- as an application has sent it
    client_id       TEXT NOT NULL DEFAULT '',
    since           INTEGER NOT NULL,           -- what its terms count from
    pool            TEXT NOT NULL DEFAULT '',   -- of the account, that it was drawn from
    ready           INTEGER NOT NULL DEFAULT 0, -- its text is made; else there is a job
    content         TEXT NOT NULL DEFAULT '',
    filename        TEXT NOT NULL DEFAULT '',
    expiration      INTEGER,
    maintenance_end INTEGER
) STRICT;
CREATE INDEX order_activations_license_id ON order_activations (license_id, token_id);
CREATE INDEX order_activations_sent_digest ON order_activations (license_id, sent_digest);
CREATE INDEX order_activations_expiration ON order_activations (expiration) WHERE expiration IS NOT NULL;

-- Texts that are to be made.
CREATE TABLE order_jobs (
    token_id      INTEGER PRIMARY KEY REFERENCES order_activations (token_id) ON DELETE CASCADE,
    created_at    INTEGER NOT NULL,
    next_at       INTEGER NOT NULL,
    claimed_until INTEGER,
    attempts      INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX order_jobs_next_at ON order_jobs (next_at);

-- Why a text could not be made, until it is asked for again.
CREATE TABLE order_failures (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    license_id  INTEGER NOT NULL REFERENCES license_orders (license_id) ON DELETE CASCADE,
    digest      TEXT NOT NULL,
    sent_digest TEXT NOT NULL,
    hostids     TEXT NOT NULL DEFAULT '',
    asked_at    INTEGER NOT NULL,
    message     TEXT NOT NULL,
    created_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX order_failures_digest ON order_failures (license_id, digest);
CREATE INDEX order_failures_sent_digest ON order_failures (license_id, sent_digest);

-- When HostIDs were activated under an order for the first time.
CREATE TABLE first_activations (
    license_id INTEGER NOT NULL REFERENCES license_orders (license_id) ON DELETE CASCADE,
    digest     TEXT NOT NULL,
    time       INTEGER NOT NULL,
    PRIMARY KEY (license_id, digest)
) STRICT;

-- How many activations were drawn from a pool of the account.
CREATE TABLE activation_pools (
    name TEXT PRIMARY KEY,
    used INTEGER NOT NULL
) STRICT;
