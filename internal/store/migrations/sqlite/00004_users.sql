-- +goose Up
ALTER TABLE users ADD COLUMN phone_number TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN title TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN first_name TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN last_name TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN department TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN image TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN address TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN postal_code TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN region TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN city TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN country TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN country_code TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN mobile TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN notes TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN birth_date INTEGER;
ALTER TABLE users ADD COLUMN last_dismiss_messages INTEGER;
ALTER TABLE users ADD COLUMN last_log_in INTEGER;
ALTER TABLE users ADD COLUMN rank INTEGER NOT NULL DEFAULT 0;

-- The folded name, which is unique. Null is no name to log in by: SQLite adds no
-- column that must have a value and has no default.
ALTER TABLE users ADD COLUMN name_key TEXT;
UPDATE users SET name_key = lower(user_name);
CREATE UNIQUE INDEX users_name_key ON users (name_key);
CREATE INDEX user_roles_role ON user_roles (role);

CREATE TABLE role_descriptions (
    id          TEXT PRIMARY KEY,
    name        TEXT NOT NULL,
    description TEXT NOT NULL
) STRICT;
INSERT INTO role_descriptions (id, name, description) VALUES
    ('Administrator', 'Administrator', 'May do everything, and alone manages users, roles and API keys'),
    ('LicenseManager', 'LicenseManager', 'Manages products, templates, licenses and seats'),
    ('Sales', 'Sales', 'Issues licenses and looks after customers and orders'),
    ('Customer', 'Customer', 'Sees the licenses of the customer that the user belongs to'),
    ('Application', 'Application', 'Takes and gives back seats');

CREATE TABLE user_settings (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    category    TEXT NOT NULL DEFAULT '',
    group_name  TEXT NOT NULL DEFAULT '',
    name        TEXT NOT NULL,
    value       TEXT NOT NULL DEFAULT '',
    type        TEXT NOT NULL DEFAULT '',
    description TEXT NOT NULL DEFAULT '',
    read_only   INTEGER NOT NULL DEFAULT 0,
    user_id     TEXT NOT NULL REFERENCES users (id),
    UNIQUE (user_id, category, group_name, name)
) STRICT;

-- Who is logged in. Of a token only its SHA-256 is kept. A token ends at
-- expire_at; however often it is renewed, the session ends at end_at.
CREATE TABLE sessions (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    kind       TEXT NOT NULL,
    token_hash BLOB NOT NULL UNIQUE,
    user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    used_at    INTEGER NOT NULL,
    expire_at  INTEGER NOT NULL,
    end_at     INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_user_id ON sessions (user_id);
CREATE INDEX sessions_expire_at ON sessions (expire_at);
