-- +goose Up
-- The regulatory licenses of the instances API: kinds of license that a
-- regulator (an organisation) gives to projects. They are no seats. The scripts
-- are texts that are kept and shown; nothing here runs them.
CREATE TABLE regulatory_licenses (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    name         TEXT NOT NULL,
    version      TEXT NOT NULL,
    status       TEXT NOT NULL,
    icon         TEXT NOT NULL DEFAULT '',
    params       TEXT NOT NULL DEFAULT '{}',
    group_script TEXT NOT NULL DEFAULT '',
    score_script TEXT NOT NULL DEFAULT '',
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL
) STRICT;

CREATE TABLE score_groups (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    license_id  INTEGER NOT NULL REFERENCES regulatory_licenses (id),
    name        TEXT NOT NULL,
    title       TEXT NOT NULL DEFAULT '',
    description TEXT NOT NULL DEFAULT '',
    status      TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX score_groups_license_id ON score_groups (license_id);

-- An organisation's projects are its own; one without belongs to the vendor.
CREATE TABLE projects (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    organisation_id INTEGER REFERENCES organisations (id),
    name            TEXT NOT NULL,
    legal_name      TEXT NOT NULL DEFAULT '',
    description     TEXT NOT NULL DEFAULT '',
    icon            TEXT NOT NULL DEFAULT '',
    website         TEXT NOT NULL DEFAULT '',
    network_status  TEXT NOT NULL DEFAULT '',
    coin_gecko_id   TEXT NOT NULL DEFAULT '',
    params          TEXT NOT NULL DEFAULT '{}',
    tags            TEXT NOT NULL DEFAULT '[]',
    view_tenant_ids TEXT NOT NULL DEFAULT '[]',
    type            TEXT NOT NULL DEFAULT '',
    meta            TEXT NOT NULL DEFAULT '{}',
    tenant_id       INTEGER,
    status          TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL
) STRICT;
CREATE INDEX projects_organisation_id ON projects (organisation_id);

CREATE TABLE license_instances (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    license_id      INTEGER NOT NULL REFERENCES regulatory_licenses (id),
    organisation_id INTEGER NOT NULL REFERENCES organisations (id),
    project_id      INTEGER NOT NULL REFERENCES projects (id),
    license_status  TEXT NOT NULL,
    status          TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL
) STRICT;
-- One active instance of a license, an organisation and a project, whoever races.
CREATE UNIQUE INDEX license_instances_active ON license_instances (license_id, organisation_id, project_id) WHERE status = 'ACTIVE';
CREATE INDEX license_instances_organisation_id ON license_instances (organisation_id);
CREATE INDEX license_instances_project_id ON license_instances (project_id);
CREATE INDEX license_instances_license_id ON license_instances (license_id);

CREATE TABLE license_instance_meta (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    instance_id INTEGER NOT NULL REFERENCES license_instances (id),
    status      TEXT NOT NULL,
    started_at  INTEGER,
    expired_at  INTEGER,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX license_instance_meta_instance_id ON license_instance_meta (instance_id);
