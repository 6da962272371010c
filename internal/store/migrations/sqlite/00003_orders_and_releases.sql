-- +goose Up
-- What is on an order, and what a product was released as.
CREATE TABLE product_orders (
    product_id  INTEGER NOT NULL REFERENCES products (id) ON DELETE CASCADE,
    order_id    INTEGER NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    quantity    INTEGER NOT NULL DEFAULT 0,
    unit_price  REAL NOT NULL DEFAULT 0,
    discount    REAL NOT NULL DEFAULT 0,
    taxes       REAL NOT NULL DEFAULT 0,
    description TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (product_id, order_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX product_orders_order_id ON product_orders (order_id);

CREATE TABLE releases (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    product_id   INTEGER NOT NULL REFERENCES products (id) ON DELETE CASCADE,
    release_date INTEGER,
    name         TEXT NOT NULL DEFAULT '',
    version      TEXT NOT NULL DEFAULT '',
    description  TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX releases_product_id ON releases (product_id);

-- An assembly without a release stands alone.
CREATE TABLE assemblies (
    id                INTEGER PRIMARY KEY AUTOINCREMENT,
    release_id        INTEGER REFERENCES releases (id) ON DELETE CASCADE,
    name              TEXT NOT NULL DEFAULT '',
    version           TEXT NOT NULL DEFAULT '',
    culture           TEXT NOT NULL DEFAULT '',
    public_key_token  TEXT NOT NULL DEFAULT '',
    mapping_file_id   INTEGER REFERENCES resources (id),
    debug_symbols_key TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX assemblies_release_id ON assemblies (release_id);
CREATE INDEX assemblies_mapping_file_id ON assemblies (mapping_file_id);

-- The release of a template was not checked while there were no releases, so
-- whatever is there refers to nothing. A new column can have the foreign key
-- that SQLite cannot give to an old one.
ALTER TABLE license_templates DROP COLUMN release_id;
ALTER TABLE license_templates ADD COLUMN release_id INTEGER REFERENCES releases (id);
CREATE INDEX license_templates_release_id ON license_templates (release_id);

CREATE UNIQUE INDEX customers_code ON customers (code) WHERE code <> '';
