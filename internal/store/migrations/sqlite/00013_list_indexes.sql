-- +goose Up
-- What consoles and integrators filter and sort by; docs/query-language.md names
-- it. Node-locked copies are in no list, so indexes of lists leave them out, and
-- an activation does not pay for them.
DROP INDEX licenses_expire_date;
CREATE INDEX licenses_expire_date ON licenses (expire_date) WHERE parent_id IS NULL;
CREATE INDEX licenses_support_expire_date ON licenses (support_expire_date) WHERE parent_id IS NULL;
CREATE INDEX licenses_created_at ON licenses (created_at) WHERE parent_id IS NULL;
CREATE INDEX licenses_updated_at ON licenses (updated_at) WHERE parent_id IS NULL;
CREATE INDEX licenses_issue_date ON licenses (issue_date) WHERE parent_id IS NULL;
CREATE INDEX licenses_license_type ON licenses (license_type) WHERE parent_id IS NULL;
CREATE INDEX licenses_licensee_name ON licenses (licensee_name) WHERE parent_id IS NULL;
CREATE INDEX licenses_licensee_company ON licenses (licensee_company) WHERE parent_id IS NULL;
CREATE INDEX licenses_licensee_email ON licenses (licensee_email) WHERE parent_id IS NULL;
CREATE INDEX licenses_revoked ON licenses (revoked) WHERE revoked = 1 AND parent_id IS NULL;
-- The licenses of a customer and of a template, by age.
CREATE INDEX licenses_customer_created ON licenses (customer_id, created_at) WHERE parent_id IS NULL;
CREATE INDEX licenses_template_created ON licenses (template_id, created_at) WHERE parent_id IS NULL;
-- What many licenses have in common: a count of many reads nothing else.
CREATE INDEX licenses_counted ON licenses (licensing_mode, revoked, trace, format, license_type, template_id, customer_id, order_id,
    created_at, updated_at, issue_date, expire_date, support_expire_date, max_allowed_sites) WHERE parent_id IS NULL;

-- Nothing that a heartbeat changes, and no more than two: each claim writes them.
-- The seats of a machine or client of all licenses.
CREATE INDEX license_tokens_machine ON license_tokens (machine_id);
CREATE INDEX license_tokens_client ON license_tokens (client_id);
-- The activations among the seats, in the order of their ids; floating seats do
-- not write it.
CREATE INDEX license_tokens_activations ON license_tokens (kind) WHERE kind = 1;

CREATE INDEX customers_company ON customers (company);
CREATE INDEX customers_last_name ON customers (last_name);
CREATE INDEX customers_email ON customers (email);
CREATE INDEX customers_sorted_code ON customers (code);
CREATE INDEX customers_created_at ON customers (created_at);
CREATE INDEX customers_updated_at ON customers (updated_at);
CREATE INDEX contacts_email ON contacts (email);
CREATE INDEX contacts_last_name ON contacts (last_name);

CREATE INDEX orders_created_at ON orders (created_at);
CREATE INDEX orders_updated_at ON orders (updated_at);
CREATE INDEX orders_status ON orders (status);
CREATE INDEX orders_invoice_number ON orders (invoice_number);
CREATE INDEX orders_purchase_order ON orders (purchase_order);

CREATE INDEX products_name ON products (name);
CREATE INDEX users_email ON users (email);
CREATE INDEX users_created_at ON users (created_at);
