-- +goose Up
-- An index ends with the id of the row and has null before every value, as lists do.
CREATE INDEX licenses_expire_date ON licenses (expire_date);
