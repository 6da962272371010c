-- +goose Up
-- A revoked signing key stays, so that it is known as such: it signs nothing and
-- is not published. It counts for every row of the same key_id.
ALTER TABLE resources ADD COLUMN revoked_at bigint;
CREATE INDEX resources_key_id ON resources (key_id) WHERE key_id <> '';
CREATE INDEX resources_default ON resources (type) WHERE is_default;
