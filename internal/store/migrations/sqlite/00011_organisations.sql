-- +goose Up
-- Who holds rights, and may hand them down to organisations below it, one level
-- deep. parent_label is a name that the instances API keeps; it leads nowhere.
CREATE TABLE organisations (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id    TEXT NOT NULL UNIQUE,
    name         TEXT NOT NULL,
    description  TEXT NOT NULL DEFAULT '',
    parent_id    INTEGER REFERENCES organisations (id),
    parent_label TEXT NOT NULL DEFAULT '',
    status       TEXT NOT NULL DEFAULT 'ACTIVE',
    synchronised INTEGER NOT NULL DEFAULT 0,
    icon         TEXT NOT NULL DEFAULT '',
    logo_light   TEXT NOT NULL DEFAULT '',
    dark_logo    TEXT NOT NULL DEFAULT '',
    tenant_id    INTEGER,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX organisations_parent_id ON organisations (parent_id);

CREATE TABLE memberships (
    user_id         TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    organisation_id INTEGER NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    role            TEXT NOT NULL,
    PRIMARY KEY (user_id, organisation_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX memberships_organisation_id ON memberships (organisation_id);

-- What there is to be had.
CREATE TABLE license_definitions (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id   TEXT NOT NULL UNIQUE,
    name        TEXT NOT NULL UNIQUE,
    description TEXT NOT NULL DEFAULT '',
    category    TEXT NOT NULL,
    inheritable INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE editions (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id   TEXT NOT NULL UNIQUE,
    name        TEXT NOT NULL UNIQUE,
    description TEXT NOT NULL DEFAULT '',
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE edition_licenses (
    edition_id    INTEGER NOT NULL REFERENCES editions (id) ON DELETE CASCADE,
    definition_id INTEGER NOT NULL REFERENCES license_definitions (id),
    PRIMARY KEY (edition_id, definition_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX edition_licenses_definition_id ON edition_licenses (definition_id);

CREATE TABLE limit_definitions (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id   TEXT NOT NULL UNIQUE,
    name        TEXT NOT NULL UNIQUE,
    description TEXT NOT NULL DEFAULT '',
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
) STRICT;

-- What an organisation has, in the order in which it was said. Of one below a
-- parent that synchronises there is nothing here: it has what its parent has.
CREATE TABLE organisation_licenses (
    organisation_id INTEGER NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    definition_id   INTEGER NOT NULL REFERENCES license_definitions (id),
    license_type    TEXT NOT NULL,
    expiration_date INTEGER,
    position        INTEGER NOT NULL,
    PRIMARY KEY (organisation_id, definition_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX organisation_licenses_definition_id ON organisation_licenses (definition_id);

CREATE TABLE organisation_editions (
    organisation_id INTEGER NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    edition_id      INTEGER NOT NULL REFERENCES editions (id),
    expiration_date INTEGER NOT NULL,
    position        INTEGER NOT NULL,
    PRIMARY KEY (organisation_id, edition_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX organisation_editions_edition_id ON organisation_editions (edition_id);

-- A value of -1 is no maximum.
CREATE TABLE organisation_limits (
    organisation_id     INTEGER NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    limit_definition_id INTEGER NOT NULL REFERENCES limit_definitions (id),
    value               INTEGER NOT NULL,
    position            INTEGER NOT NULL,
    PRIMARY KEY (organisation_id, limit_definition_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX organisation_limits_limit_definition_id ON organisation_limits (limit_definition_id);
