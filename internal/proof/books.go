package proof

import (
	"context"
	"fmt"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/store"
)

// Books are the rows that a load leaves behind, as they lie in the tables.
type Books struct {
	Licenses []LicenseRow
	Pools    []PoolRow
	Tokens   []TokenRow
	Traces   []TraceRow
	Audit    []AuditRow
}

// LicenseRow is a license or a node-locked copy.
type LicenseRow struct {
	ID       int64
	UserKey  string // "" on a copy
	Parent   int64  // 0 on a license
	Mode     entity.LicensingMode
	Allowed  int64 // -1: unlimited
	Document string
}

// PoolRow is a pool.
type PoolRow struct {
	License int64
	Kind    entity.PoolKind
	Allowed int64 // -1: unlimited
	Held    int64
}

// TokenRow is a seat.
type TokenRow struct {
	License int64
	Kind    entity.PoolKind
	Token   string
	Client  string // machine/client
	Copy    int64  // 0: none
}

// TraceRow is a traced call.
type TraceRow struct {
	License int64
	Client  string // machine/client
	Action  entity.Action
}

// AuditRow tells that a license was made.
type AuditRow struct {
	License string
}

// Read takes the books of a store that nothing writes to.
func Read(ctx context.Context, st *store.Store) (*Books, error) {
	var b Books
	for _, table := range []struct {
		query string
		into  any
	}{
		{`SELECT id, COALESCE(user_key, '') AS user_key, COALESCE(parent_id, 0) AS parent, licensing_mode AS mode,
			COALESCE(max_allowed_sites, -1) AS allowed, license_key AS document FROM licenses ORDER BY id`, &b.Licenses},
		{`SELECT license_id AS license, kind, COALESCE(allowed, -1) AS allowed, held FROM seat_pools`, &b.Pools},
		{`SELECT license_id AS license, kind, token, machine_id || '/' || client_id AS client,
			COALESCE(node_locked_license_id, 0) AS copy FROM license_tokens ORDER BY id`, &b.Tokens},
		{`SELECT license_id AS license, machine_id || '/' || client_id AS client, action FROM license_traces ORDER BY id`, &b.Traces},
		{`SELECT entity_id AS license FROM audit_entries WHERE entity = 'license' AND action = 'insert'`, &b.Audit},
	} {
		if err := st.Read().NewRaw(table.query).Scan(ctx, table.into); err != nil {
			return nil, fmt.Errorf("read the books: %w", err)
		}
	}
	return &b, checkFile(ctx, st)
}

// checkFile asks SQLite whether its own structures are whole.
func checkFile(ctx context.Context, st *store.Store) error {
	if st.Engine() != store.SQLite {
		return nil
	}
	var verdict string
	if err := st.Read().NewRaw("PRAGMA integrity_check(1)").Scan(ctx, &verdict); err != nil {
		return fmt.Errorf("check the file: %w", err)
	}
	var broken int
	if err := st.Read().NewRaw("SELECT COUNT(*) FROM pragma_foreign_key_check").Scan(ctx, &broken); err != nil {
		return fmt.Errorf("check the references: %w", err)
	}
	if verdict != "ok" || broken != 0 {
		return fmt.Errorf("integrity check: %s; %d rows refer to nothing", verdict, broken)
	}
	return nil
}
