-- +goose Up
-- Lists put null before every value, which an index must do too to be read in
-- their order; ties are in the order of the id.
DROP INDEX licenses_customer_id;
CREATE INDEX licenses_customer_id ON licenses (customer_id NULLS FIRST, id);
CREATE INDEX licenses_expire_date ON licenses (expire_date NULLS FIRST, id);
