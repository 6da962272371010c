-- +goose Up
-- How much of its limits an organisation uses. No row is 0.
CREATE TABLE limit_usage (
    organisation_id     INTEGER NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    limit_definition_id INTEGER NOT NULL REFERENCES limit_definitions (id) ON DELETE CASCADE,
    used                INTEGER NOT NULL,
    PRIMARY KEY (organisation_id, limit_definition_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX limit_usage_limit_definition_id ON limit_usage (limit_definition_id);

-- What was consumed and released, and what was answered, for who asks again.
CREATE TABLE limit_requests (
    organisation_id     INTEGER NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    idempotency_key     TEXT NOT NULL,
    limit_definition_id INTEGER NOT NULL REFERENCES limit_definitions (id) ON DELETE CASCADE,
    units               INTEGER NOT NULL,
    used                INTEGER NOT NULL,
    value               INTEGER NOT NULL,
    made_at             INTEGER NOT NULL,
    PRIMARY KEY (organisation_id, idempotency_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX limit_requests_made_at ON limit_requests (made_at);
CREATE INDEX limit_requests_limit_definition_id ON limit_requests (limit_definition_id);
