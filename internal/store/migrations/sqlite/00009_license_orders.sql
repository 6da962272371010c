-- +goose Up
-- A license order is a license with a row here; its user key is the activation
-- key. What it shares with other licenses stands there.
CREATE TABLE license_orders (
    license_id                INTEGER PRIMARY KEY REFERENCES licenses (id) ON DELETE CASCADE,
    licensee_type             TEXT NOT NULL,
    licensee                  TEXT NOT NULL DEFAULT '',
    hostid_match_rate         INTEGER NOT NULL,
    min_hostids               INTEGER NOT NULL,
    activations_allowed       INTEGER NOT NULL,
    deactivations_allowed     INTEGER NOT NULL DEFAULT 0,
    hostids                   TEXT NOT NULL,
    settings_description      TEXT NOT NULL DEFAULT '',
    removal                   INTEGER NOT NULL DEFAULT 0,
    removal_request_time      INTEGER,
    removal_confirmation_time INTEGER,
    deactivations_used        INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE custom_tags (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    customer_id INTEGER NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    tag_name    TEXT NOT NULL,
    value       TEXT NOT NULL DEFAULT '',
    created_at  INTEGER,
    updated_at  INTEGER,
    UNIQUE (customer_id, tag_name)
) STRICT;

ALTER TABLE contacts ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE contacts ADD COLUMN created_at INTEGER;
ALTER TABLE contacts ADD COLUMN updated_at INTEGER;

ALTER TABLE products ADD COLUMN version TEXT NOT NULL DEFAULT '';
ALTER TABLE products ADD COLUMN feature_name TEXT NOT NULL DEFAULT '';
ALTER TABLE products ADD COLUMN generator TEXT NOT NULL DEFAULT '';

-- What a template says of license orders only, as JSON.
ALTER TABLE license_templates ADD COLUMN order_terms TEXT;
