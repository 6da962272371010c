package seat

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/store"
)

const (
	// findColumns and findTables read a license, its pool and the seat of one
	// identity. Modes and pool kinds share their numbers; a file license has no
	// pool and shows its own limit.
	findColumns = `l.id, l.license_id, l.revision, l.revoked, l.trace, l.issue_date, l.expire_date,
		l.support_expire_date, l.licensing_mode, l.license_key,
		CASE WHEN p.license_id IS NULL THEN l.max_allowed_sites ELSE p.allowed END, p.held,
		t.token, t.expire_at, n.revision, n.license_key,
		EXISTS (SELECT 1 FROM license_orders o WHERE o.license_id = l.id)`
	findTables = `FROM licenses l
		LEFT JOIN seat_pools p ON p.license_id = l.id AND p.kind = l.licensing_mode
		LEFT JOIN license_tokens t ON t.license_id = l.id AND t.kind = l.licensing_mode
			AND t.machine_id = $1 AND t.client_id = $2
		LEFT JOIN licenses n ON n.id = t.node_locked_license_id
		WHERE l.user_key = $3`
	liteFind = `SELECT ` + findColumns + ` ` + findTables
)

func (b *sqliteBooks) find(ctx context.Context, c keyCall) (found, error) {
	var row findRow
	ok, err := b.store.Row(ctx, liteFind, []any{c.client.MachineID, c.client.ClientID, c.userKey}, row.dest()...)
	if err != nil {
		return found{}, fmt.Errorf("find the license: %w", err)
	}
	if !ok {
		return found{verdict: noLicense}, nil
	}
	return row.judged(c, c.now), nil
}

// findRow takes one row of findColumns.
type findRow struct {
	found
	held, allowed, signed sql.NullInt64
	token, copied         sql.NullString
	end                   entity.Time
}

func (r *findRow) dest() []any {
	g := &r.grant
	return []any{&r.id, &g.LicenseID, &r.revision, &r.revoked, &r.traced, &r.issued, &g.License.ExpireAt,
		&g.License.SupportExpireAt, (*int)(&g.License.Mode), &g.License.Document, &r.allowed, &r.held,
		&r.token, &r.end, &r.signed, &r.copied, &r.order}
}

// judged completes the row and says whether its seat is valid at now.
func (r *findRow) judged(c keyCall, now instant) found {
	g := &r.grant
	g.License.LicenseID, g.Token = g.LicenseID, r.token.String
	g.setCounts(r.held.Int64, r.allowed)
	r.found.signed = r.signed.Int64
	if r.copied.Valid {
		g.License.Document = r.copied.String
	}
	if g.ExpireAt = now.onWall(now.end(r.end), g.License.ExpireAt); r.end.IsZero() {
		g.ExpireAt = g.License.ExpireAt
	}
	r.verdict = r.judge(c, r.token.Valid, r.end.Reached(now.over()), g.License.ExpireAt.Reached(now.Wall))
	return r.found
}

// judge says whether the caller has a valid seat, and if not, why.
func (f *found) judge(c keyCall, has, leaseOver, licenseOver bool) verdict {
	mode := f.grant.License.Mode
	switch {
	case f.revoked:
		return revoked
	case licenseOver:
		return expired
	case mode == entity.File, c.kind != 0 && mode != c.mode():
		return wrongMode
	case !has:
		return noToken
	case leaseOver:
		return lapsed
	}
	return kept
}

func (b *sqliteBooks) holders(ctx context.Context, licenseID int64, license entity.Time, now instant, after int64, limit int) ([]entity.LicenseToken, error) {
	var tokens []entity.LicenseToken
	err := b.store.Read().NewSelect().Model(&tokens).Where("license_id = ?", licenseID).Where("id > ?", after).
		Where("expire_at IS NULL OR expire_at > ?", entity.TimeOf(now.over())).Order("id").Limit(int64(limit)).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("list the holders: %w", store.Normalise(err))
	}
	for i := range tokens {
		tokens[i].ExpireDate = now.onWall(now.end(tokens[i].ExpireDate), license)
	}
	return tokens, nil
}

func (b *sqliteBooks) tokensInUse(ctx context.Context, tokens []string) (map[string]bool, error) {
	var used []string
	err := b.store.Read().NewSelect().Model((*entity.LicenseToken)(nil)).Column("token").
		Where("token IN (?)", bun.List(tokens)).Scan(ctx, &used)
	if err != nil {
		return nil, fmt.Errorf("look up tokens: %w", store.Normalise(err))
	}
	return setOf(used), nil
}

func setOf(keys []string) map[string]bool {
	set := make(map[string]bool, len(keys))
	for _, k := range keys {
		set[k] = true
	}
	return set
}

// lapsedLicenses takes (after id, lease now, limit).
const lapsedLicenses = `SELECT p.license_id FROM seat_pools p
	WHERE p.license_id > $1 AND p.kind = 2 AND p.held > 0 AND EXISTS (SELECT 1 FROM license_tokens t
		WHERE t.license_id = p.license_id AND t.kind = 2 AND t.expire_at <= $2)
	ORDER BY p.license_id LIMIT $3`

func (b *sqliteBooks) lapsedLicenses(ctx context.Context, after int64, now instant, limit int) ([]int64, error) {
	rows, err := b.store.Read().DB.QueryContext(ctx, lapsedLicenses, after, entity.TimeOf(now.over()), limit)
	if err != nil {
		return nil, fmt.Errorf("list licenses with lapsed leases: %w", store.Normalise(err))
	}
	defer rows.Close()
	var ids []int64
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("list licenses with lapsed leases: %w", store.Normalise(err))
		}
		ids = append(ids, id)
	}
	return ids, store.Normalise(rows.Err())
}

func (b *sqliteBooks) reap(ctx context.Context, licenseID int64, now instant, limit int) (int64, error) {
	var n int64
	err := b.store.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		l := lite{tx}
		var err error
		n, err = l.exec(liteReap, licenseID, entity.PoolFloating, entity.TimeOf(now.over()), 0, limit)
		if err != nil || n == 0 {
			return err
		}
		return l.addHeld(licenseID, entity.PoolFloating, -n)
	})
	if err != nil {
		return 0, fmt.Errorf("reap lapsed leases: %w", err)
	}
	return n, nil
}
