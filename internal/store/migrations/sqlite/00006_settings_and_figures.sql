-- +goose Up
-- What administrators have set; a setting without a row has its default. A
-- secret is sealed under the server key and has no value.
CREATE TABLE settings (
    group_name TEXT NOT NULL,
    name       TEXT NOT NULL,
    value      TEXT NOT NULL DEFAULT '',
    sealed     BLOB,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (group_name, name)
) STRICT;

-- How many licenses there are, without the node-locked copies; kept by triggers.
-- The sum of the rows counts: here it is one row, on PostgreSQL a change adds
-- one, so that changes do not wait for each other.
CREATE TABLE license_figures (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    licenses   INTEGER NOT NULL,
    revoked    INTEGER NOT NULL,
    traced     INTEGER NOT NULL,
    file       INTEGER NOT NULL,
    activation INTEGER NOT NULL,
    floating   INTEGER NOT NULL
) STRICT;

INSERT INTO license_figures (licenses, revoked, traced, file, activation, floating)
SELECT COUNT(*), COUNT(CASE WHEN revoked THEN 1 END), COUNT(CASE WHEN trace THEN 1 END), COUNT(CASE WHEN licensing_mode = 0 THEN 1 END),
    COUNT(CASE WHEN licensing_mode = 1 THEN 1 END), COUNT(CASE WHEN licensing_mode = 2 THEN 1 END)
FROM licenses WHERE parent_id IS NULL;

-- +goose StatementBegin
CREATE TRIGGER licenses_counted_in AFTER INSERT ON licenses WHEN NEW.parent_id IS NULL
BEGIN
    UPDATE license_figures SET licenses = licenses + 1, revoked = revoked + NEW.revoked, traced = traced + NEW.trace,
        file = file + (NEW.licensing_mode = 0), activation = activation + (NEW.licensing_mode = 1), floating = floating + (NEW.licensing_mode = 2);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER licenses_counted_out AFTER DELETE ON licenses WHEN OLD.parent_id IS NULL
BEGIN
    UPDATE license_figures SET licenses = licenses - 1, revoked = revoked - OLD.revoked, traced = traced - OLD.trace,
        file = file - (OLD.licensing_mode = 0), activation = activation - (OLD.licensing_mode = 1), floating = floating - (OLD.licensing_mode = 2);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER licenses_counted_anew AFTER UPDATE OF revoked, trace, licensing_mode, parent_id ON licenses
WHEN (NEW.parent_id IS NULL OR OLD.parent_id IS NULL)
    AND (NEW.revoked <> OLD.revoked OR NEW.trace <> OLD.trace OR NEW.licensing_mode <> OLD.licensing_mode
        OR (NEW.parent_id IS NULL) <> (OLD.parent_id IS NULL))
BEGIN
    UPDATE license_figures SET licenses = licenses + 1, revoked = revoked + NEW.revoked, traced = traced + NEW.trace,
        file = file + (NEW.licensing_mode = 0), activation = activation + (NEW.licensing_mode = 1), floating = floating + (NEW.licensing_mode = 2)
    WHERE NEW.parent_id IS NULL;
    UPDATE license_figures SET licenses = licenses - 1, revoked = revoked - OLD.revoked, traced = traced - OLD.trace,
        file = file - (OLD.licensing_mode = 0), activation = activation - (OLD.licensing_mode = 1), floating = floating - (OLD.licensing_mode = 2)
    WHERE OLD.parent_id IS NULL;
END;
-- +goose StatementEnd
