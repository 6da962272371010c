-- +goose Up
-- The log that administrators read. It is not the audit: entries are written in
-- batches beside the work that they tell of, and swept when they are old.
CREATE TABLE log_entries (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    message          TEXT NOT NULL,
    message_template TEXT NOT NULL,
    level            TEXT NOT NULL,
    time_stamp       INTEGER NOT NULL,
    exception        TEXT NOT NULL DEFAULT '',
    properties       TEXT NOT NULL DEFAULT ''
) STRICT;
-- A histogram is read from this index alone.
CREATE INDEX log_entries_time ON log_entries (time_stamp, level);

-- What applications report. merges marks the rows to which further reports of the
-- same application are added; there is one for each.
CREATE TABLE reports (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    uid          TEXT NOT NULL UNIQUE,
    name         TEXT NOT NULL,
    version      TEXT NOT NULL DEFAULT '',
    date         INTEGER NOT NULL,
    user_key     TEXT NOT NULL,
    machine_id   TEXT NOT NULL DEFAULT '',
    client_id    TEXT NOT NULL DEFAULT '',
    client_name  TEXT NOT NULL DEFAULT '',
    content_type TEXT NOT NULL DEFAULT '',
    content      TEXT NOT NULL DEFAULT '',
    address      TEXT NOT NULL DEFAULT '',
    merges       INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX reports_merges ON reports (user_key, machine_id, client_id, version) WHERE merges;
CREATE INDEX reports_date ON reports (date);
CREATE INDEX reports_user_key ON reports (user_key);

CREATE TABLE report_properties (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    name      TEXT NOT NULL,
    value     TEXT NOT NULL DEFAULT '',
    report_id INTEGER NOT NULL REFERENCES reports (id) ON DELETE CASCADE
) STRICT;
CREATE INDEX report_properties_report_id ON report_properties (report_id);

-- The traces of one license, and of all, by time.
DROP INDEX license_traces_license_id;
CREATE INDEX license_traces_license_id ON license_traces (license_id, created_date);
CREATE INDEX license_traces_created_date ON license_traces (created_date);
