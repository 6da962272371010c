-- The first books. Times are microseconds since 1970 UTC; ids are int64; lists
-- that belong to one row (features, fields, …) are JSON in a text column.
-- postgres/00001_books.sql is the same books; a test compares the two.

-- +goose Up
CREATE TABLE server_state (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

CREATE TABLE customers (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    title           TEXT NOT NULL DEFAULT '',
    first_name      TEXT NOT NULL DEFAULT '',
    last_name       TEXT NOT NULL DEFAULT '',
    company         TEXT NOT NULL DEFAULT '',
    code            TEXT NOT NULL DEFAULT '',
    vat_code        TEXT NOT NULL DEFAULT '',
    invoice_code    TEXT NOT NULL DEFAULT '',
    rating          INTEGER NOT NULL DEFAULT 0,
    created_at      INTEGER,
    updated_at      INTEGER,
    address         TEXT NOT NULL DEFAULT '',
    address1        TEXT NOT NULL DEFAULT '',
    address2        TEXT NOT NULL DEFAULT '',
    postal_code     TEXT NOT NULL DEFAULT '',
    region          TEXT NOT NULL DEFAULT '',
    city            TEXT NOT NULL DEFAULT '',
    country         TEXT NOT NULL DEFAULT '',
    country_code    TEXT NOT NULL DEFAULT '',
    map_coordinates TEXT NOT NULL DEFAULT '',
    map_zoom_level  REAL NOT NULL DEFAULT 0,
    email           TEXT NOT NULL DEFAULT '',
    phone           TEXT NOT NULL DEFAULT '',
    mobile          TEXT NOT NULL DEFAULT '',
    fax             TEXT NOT NULL DEFAULT '',
    website         TEXT NOT NULL DEFAULT '',
    notes           TEXT NOT NULL DEFAULT '',
    is_reseller     INTEGER NOT NULL DEFAULT 0,
    image           TEXT NOT NULL DEFAULT '',
    meta            TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE TABLE contacts (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    title       TEXT NOT NULL DEFAULT '',
    first_name  TEXT NOT NULL DEFAULT '',
    last_name   TEXT NOT NULL DEFAULT '',
    email       TEXT NOT NULL DEFAULT '',
    phone       TEXT NOT NULL DEFAULT '',
    mobile      TEXT NOT NULL DEFAULT '',
    fax         TEXT NOT NULL DEFAULT '',
    details     TEXT NOT NULL DEFAULT '',
    notify      INTEGER NOT NULL DEFAULT 0,
    customer_id INTEGER NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    meta        TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX contacts_customer_id ON contacts (customer_id);

CREATE TABLE orders (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    order_number   TEXT NOT NULL UNIQUE,
    status         TEXT NOT NULL DEFAULT '',
    processed_by   TEXT NOT NULL DEFAULT '',
    purchase_order TEXT NOT NULL DEFAULT '',
    total          REAL NOT NULL DEFAULT 0,
    currency       TEXT NOT NULL DEFAULT '',
    created_at     INTEGER,
    updated_at     INTEGER,
    invoice_number TEXT NOT NULL DEFAULT '',
    payment_type   TEXT NOT NULL DEFAULT '',
    payment_number TEXT NOT NULL DEFAULT '',
    payment_status TEXT NOT NULL DEFAULT '',
    payment_date   INTEGER,
    description    TEXT NOT NULL DEFAULT '',
    customer_id    INTEGER REFERENCES customers (id),
    reseller_id    INTEGER REFERENCES customers (id)
) STRICT;
CREATE INDEX orders_customer_id ON orders (customer_id);
CREATE INDEX orders_reseller_id ON orders (reseller_id);

CREATE TABLE users (
    id            TEXT PRIMARY KEY,
    user_name     TEXT NOT NULL UNIQUE,
    email         TEXT NOT NULL DEFAULT '',
    password_hash TEXT NOT NULL DEFAULT '',
    customer_id   INTEGER REFERENCES customers (id),
    created_at    INTEGER,
    updated_at    INTEGER
) STRICT;
CREATE INDEX users_customer_id ON users (customer_id);

CREATE TABLE user_roles (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role    TEXT NOT NULL,
    PRIMARY KEY (user_id, role)
) STRICT;

CREATE TABLE api_keys (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    name         TEXT NOT NULL DEFAULT '',
    key_prefix   TEXT NOT NULL,
    key_hash     BLOB NOT NULL UNIQUE,
    secret_hash  BLOB,
    created_date INTEGER,
    expire_date  INTEGER,
    owner_id     TEXT NOT NULL REFERENCES users (id),
    revoked      INTEGER NOT NULL DEFAULT 0,
    permissions  INTEGER NOT NULL DEFAULT 0,
    description  TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX api_keys_owner_id ON api_keys (owner_id);

-- Signing keys keep their private part in sealed, under the server key.
CREATE TABLE resources (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    name        TEXT NOT NULL DEFAULT '',
    type        TEXT NOT NULL DEFAULT '',
    code        TEXT NOT NULL DEFAULT '',
    description TEXT NOT NULL DEFAULT '',
    source      TEXT NOT NULL DEFAULT '',
    created_at  INTEGER,
    updated_at  INTEGER,
    data        TEXT NOT NULL DEFAULT '',
    data_format TEXT NOT NULL DEFAULT '',
    meta        TEXT NOT NULL DEFAULT '',
    sealed      BLOB,
    key_id      TEXT NOT NULL DEFAULT '',
    is_default  INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE products (
    id                INTEGER PRIMARY KEY AUTOINCREMENT,
    code              TEXT NOT NULL DEFAULT '',
    name              TEXT NOT NULL,
    description       TEXT NOT NULL DEFAULT '',
    url               TEXT NOT NULL DEFAULT '',
    copyright         TEXT NOT NULL DEFAULT '',
    created_at        INTEGER,
    image             TEXT NOT NULL DEFAULT '',
    price             REAL NOT NULL DEFAULT 0,
    reseller_price    REAL NOT NULL DEFAULT 0,
    currency          TEXT NOT NULL DEFAULT '',
    signature_keys_id INTEGER REFERENCES resources (id),
    meta              TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE UNIQUE INDEX products_code ON products (code) WHERE code <> '';
CREATE INDEX products_signature_keys_id ON products (signature_keys_id);

CREATE TABLE license_templates (
    id                INTEGER PRIMARY KEY AUTOINCREMENT,
    name              TEXT NOT NULL,
    code              TEXT NOT NULL DEFAULT '',
    license_type      TEXT NOT NULL DEFAULT '',
    format            INTEGER NOT NULL,
    licensing_mode    INTEGER NOT NULL,
    license_file_name TEXT NOT NULL DEFAULT '',
    issue_date        INTEGER NOT NULL DEFAULT 0,
    expire_days       INTEGER,
    support_days      INTEGER,
    generate_key_info INTEGER NOT NULL DEFAULT 0,
    user_key          TEXT NOT NULL DEFAULT '',
    description       TEXT NOT NULL DEFAULT '',
    template          TEXT NOT NULL DEFAULT '',
    product_id        INTEGER REFERENCES products (id),
    signature_keys_id INTEGER REFERENCES resources (id),
    release_id        INTEGER,
    product           TEXT,
    components        TEXT,
    assemblies        TEXT,
    fields            TEXT,
    features          TEXT,
    restrictions      TEXT
) STRICT;
CREATE INDEX license_templates_product_id ON license_templates (product_id);
CREATE INDEX license_templates_signature_keys_id ON license_templates (signature_keys_id);

-- A row with a parent_id is the node-locked copy of an activation: it has no
-- user key and no pools, and shares its parent's license_id.
CREATE TABLE licenses (
    id                  INTEGER PRIMARY KEY AUTOINCREMENT,
    license_id          TEXT NOT NULL,
    license_type        TEXT NOT NULL DEFAULT '',
    format              INTEGER NOT NULL,
    description         TEXT NOT NULL DEFAULT '',
    created_at          INTEGER,
    updated_at          INTEGER,
    issue_date          INTEGER,
    expire_date         INTEGER,
    support_expire_date INTEGER,
    revoked             INTEGER NOT NULL DEFAULT 0,
    trace               INTEGER NOT NULL DEFAULT 0,
    license_key         TEXT NOT NULL DEFAULT '',
    max_allowed_sites   INTEGER,
    user_key            TEXT UNIQUE,
    licensing_mode      INTEGER NOT NULL,
    licensee_name       TEXT NOT NULL DEFAULT '',
    licensee_company    TEXT NOT NULL DEFAULT '',
    licensee_email      TEXT NOT NULL DEFAULT '',
    hash                TEXT NOT NULL DEFAULT '',
    meta                TEXT NOT NULL DEFAULT '',
    template_id         INTEGER REFERENCES license_templates (id),
    signature_keys_id   INTEGER REFERENCES resources (id),
    customer_id         INTEGER REFERENCES customers (id),
    order_id            INTEGER REFERENCES orders (id),
    product             TEXT,
    licensee            TEXT,
    components          TEXT,
    assemblies          TEXT,
    fields              TEXT,
    features            TEXT,
    restrictions        TEXT,
    parent_id           INTEGER REFERENCES licenses (id),
    revision            INTEGER NOT NULL DEFAULT 1,
    CHECK ((parent_id IS NULL) = (user_key IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX licenses_license_id ON licenses (license_id) WHERE parent_id IS NULL;
CREATE INDEX licenses_parent_id ON licenses (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX licenses_template_id ON licenses (template_id);
CREATE INDEX licenses_signature_keys_id ON licenses (signature_keys_id);
CREATE INDEX licenses_customer_id ON licenses (customer_id);
CREATE INDEX licenses_order_id ON licenses (order_id);

-- How full a license is. held = the number of its token rows of that kind,
-- lapsed ones included; allowed NULL is unlimited. Narrow, because every claim
-- rewrites it.
CREATE TABLE seat_pools (
    license_id INTEGER NOT NULL REFERENCES licenses (id),
    kind       INTEGER NOT NULL CHECK (kind IN (1, 2)),
    allowed    INTEGER CHECK (allowed >= 0),
    held       INTEGER NOT NULL DEFAULT 0 CHECK (held >= 0),
    PRIMARY KEY (license_id, kind)
) STRICT, WITHOUT ROWID;

-- expire_at is NULL on activations: their license says when they end.
CREATE TABLE license_tokens (
    id                     INTEGER PRIMARY KEY AUTOINCREMENT,
    kind                   INTEGER NOT NULL CHECK (kind IN (1, 2)),
    token                  TEXT NOT NULL UNIQUE,
    address                TEXT NOT NULL DEFAULT '',
    client_id              TEXT NOT NULL DEFAULT '',
    client_name            TEXT NOT NULL DEFAULT '',
    machine_id             TEXT NOT NULL DEFAULT '',
    issue_date             INTEGER NOT NULL,
    expire_at              INTEGER,
    last_heartbeat         INTEGER,
    license_id             INTEGER NOT NULL REFERENCES licenses (id),
    node_locked_license_id INTEGER REFERENCES licenses (id),
    UNIQUE (license_id, kind, machine_id, client_id),
    CHECK ((kind = 2) = (expire_at IS NOT NULL))
) STRICT;
CREATE INDEX license_tokens_lapse ON license_tokens (license_id, kind, expire_at);
CREATE INDEX license_tokens_node_locked ON license_tokens (node_locked_license_id) WHERE node_locked_license_id IS NOT NULL;

CREATE TABLE license_traces (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    client_ip    TEXT NOT NULL DEFAULT '',
    client_id    TEXT NOT NULL DEFAULT '',
    client_name  TEXT NOT NULL DEFAULT '',
    machine_id   TEXT NOT NULL DEFAULT '',
    created_date INTEGER NOT NULL,
    action       INTEGER NOT NULL,
    geo_location TEXT NOT NULL DEFAULT '',
    meta         TEXT NOT NULL DEFAULT '',
    license_id   INTEGER NOT NULL REFERENCES licenses (id)
) STRICT;
CREATE INDEX license_traces_license_id ON license_traces (license_id);

-- Who changed what; written in the transaction of the change itself.
CREATE TABLE audit_entries (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    at         INTEGER NOT NULL,
    user_id    TEXT NOT NULL DEFAULT '',
    api_key_id INTEGER NOT NULL DEFAULT 0,
    address    TEXT NOT NULL DEFAULT '',
    request_id TEXT NOT NULL DEFAULT '',
    action     TEXT NOT NULL,
    entity     TEXT NOT NULL,
    entity_id  TEXT NOT NULL,
    details    TEXT NOT NULL DEFAULT ''
) STRICT;
