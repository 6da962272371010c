package seat

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"time"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/store"
)

// sqliteBooks runs each command as a few prepared statements inside the group
// commit. The writer is alone, so what a command reads stays true until it
// writes.
type sqliteBooks struct{ store *store.Store }

// lite is one command on the writing connection.
type lite struct{ tx *store.Tx }

// write runs a command in the group commit. The outcome is handed out only
// after the commit.
func (b *sqliteBooks) write(ctx context.Context, command func(lite) (outcome, error)) (outcome, error) {
	var out outcome
	err := b.store.WriteSeat(ctx, func(_ context.Context, tx *store.Tx) error {
		var err error
		out, err = command(lite{tx})
		return err
	})
	if err != nil {
		return outcome{}, err
	}
	return out, nil
}

// row runs a query of one row; false when there is none.
func (l lite) row(query string, args []any, dest ...any) (bool, error) {
	st, err := l.tx.Stmt(query)
	if err != nil {
		return false, err
	}
	return st.Row(args, dest...)
}

// exec runs a statement and returns how many rows it changed.
func (l lite) exec(query string, args ...any) (int64, error) {
	res, err := l.run(query, args)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// insert runs an INSERT and returns the id of its row.
func (l lite) insert(query string, args ...any) (int64, error) {
	res, err := l.run(query, args)
	if err != nil {
		return 0, err
	}
	return res.LastInsertId()
}

func (l lite) run(query string, args []any) (driver.Result, error) {
	st, err := l.tx.Stmt(query)
	if err != nil {
		return nil, err
	}
	return st.Exec(args...)
}

// liteLicense is a license and one of its pools, as a command finds them.
type liteLicense struct {
	id       int64
	revision int64
	revoked  bool
	trace    bool
	expire   entity.Time
	allowed  sql.NullInt64
	held     sql.NullInt64
	grant    Grant
}

const liteLicenseByKey = `SELECT l.id, l.license_id, l.revision, l.revoked, l.trace, l.expire_date,
		l.support_expire_date, l.licensing_mode, l.license_key, p.allowed, p.held
	FROM licenses l LEFT JOIN seat_pools p ON p.license_id = l.id AND p.kind = ?2
	WHERE l.user_key = ?1`

func (l lite) license(userKey string, kind entity.PoolKind) (lic liteLicense, ok bool, err error) {
	g := &lic.grant
	ok, err = l.row(liteLicenseByKey, []any{userKey, kind},
		&lic.id, &g.LicenseID, &lic.revision, &lic.revoked, &lic.trace, &lic.expire,
		&g.License.SupportExpireAt, (*int)(&g.License.Mode), &g.License.Document, &lic.allowed, &lic.held)
	g.License.LicenseID, g.License.ExpireAt = g.LicenseID, lic.expire
	g.setCounts(lic.held.Int64, lic.allowed)
	return lic, ok, err
}

// admits judges the license itself; granted means that nothing speaks against it.
func (lic *liteLicense) admits(wall time.Time, mode entity.LicensingMode) verdict {
	switch {
	case lic.revoked:
		return revoked
	case lic.expire.Reached(wall):
		return expired
	case lic.grant.License.Mode != mode:
		return wrongMode
	}
	return granted
}

func (g *Grant) setLease(end entity.Time, now instant) {
	g.ExpireAt, g.Lease = now.onWall(end, entity.Time{}), end.Std().Sub(now.Lease)
}

func (g *Grant) setCounts(held int64, allowed sql.NullInt64) {
	g.Active, g.Max = held, Unlimited
	if allowed.Valid {
		g.Max = allowed.Int64
	}
}

const liteTokenState = `SELECT t.id, t.kind, t.expire_at, t.license_id, l.license_id, l.revoked, l.trace,
		l.expire_date, p.held, p.allowed, t.node_locked_license_id
	FROM license_tokens t
	JOIN licenses l ON l.id = t.license_id
	JOIN seat_pools p ON p.license_id = t.license_id AND p.kind = t.kind
	WHERE t.token = ?1 AND t.machine_id = ?2 AND t.client_id = ?3`

// liteToken is a token that a call named and brought the right identity for.
type liteToken struct {
	liteLicense
	tokenID int64
	kind    entity.PoolKind
	end     entity.Time
	copy    sql.NullInt64
}

func (l lite) token(c tokenCall) (t liteToken, ok bool, err error) {
	ok, err = l.row(liteTokenState, []any{c.token, c.client.MachineID, c.client.ClientID},
		&t.tokenID, (*int)(&t.kind), &t.end, &t.id, &t.grant.LicenseID, &t.revoked, &t.trace,
		&t.expire, &t.held, &t.allowed, &t.copy)
	t.grant.setCounts(t.held.Int64, t.allowed)
	return t, ok, err
}

func (b *sqliteBooks) beat(ctx context.Context, c tokenCall) (outcome, error) {
	return b.write(ctx, func(l lite) (outcome, error) {
		t, ok, err := l.token(c)
		switch {
		case err != nil:
			return outcome{}, fmt.Errorf("find the token: %w", err)
		case !ok:
			return outcome{verdict: noToken}, nil
		case t.revoked:
			return outcome{verdict: revoked}, nil
		case t.expire.Reached(c.now.Wall):
			return outcome{verdict: expired}, nil
		case t.end.Reached(c.now.over()):
			return outcome{verdict: lapsed}, nil
		}
		t.grant.ExpireAt = t.expire
		var end entity.Time // stays none on an activation
		if t.kind == entity.PoolFloating {
			end = c.now.leaseEnd(c.lease, t.expire)
			t.grant.setLease(end, c.now)
		}
		_, err = l.exec(`UPDATE license_tokens SET expire_at = ?2, last_heartbeat = ?3 WHERE id = ?1`,
			t.tokenID, end, entity.TimeOf(c.now.Wall))
		return outcome{verdict: kept, grant: t.grant}, err
	})
}

func (b *sqliteBooks) release(ctx context.Context, c tokenCall) (outcome, error) {
	return b.write(ctx, func(l lite) (outcome, error) {
		t, ok, err := l.token(c)
		switch {
		case err != nil:
			return outcome{}, fmt.Errorf("find the token: %w", err)
		case !ok:
			return outcome{verdict: noToken}, nil
		case t.kind != entity.PoolFloating:
			return outcome{verdict: notFloating}, nil
		case t.end.Reached(c.now.over()):
			return outcome{verdict: lapsed}, nil
		}
		return l.giveBack(t, entity.TraceRelease, c.client, c.now)
	})
}

func (b *sqliteBooks) deactivate(ctx context.Context, c keyCall) (outcome, error) {
	return b.write(ctx, func(l lite) (outcome, error) {
		lic, ok, err := l.license(c.userKey, c.kind)
		switch {
		case err != nil:
			return outcome{}, fmt.Errorf("find the license: %w", err)
		case !ok:
			return outcome{verdict: noLicense}, nil
		case lic.grant.License.Mode != c.mode():
			return outcome{verdict: wrongMode, grant: lic.grant}, nil
		}
		t := liteToken{liteLicense: lic, kind: c.kind}
		isOrder, err := l.row(`SELECT 1 FROM license_orders WHERE license_id = ?1`, []any{lic.id}, new(int))
		if err != nil {
			return outcome{}, fmt.Errorf("look for the license order: %w", err)
		}
		if isOrder {
			return outcome{verdict: ofOrder}, nil
		}
		ok, err = l.row(`SELECT id, node_locked_license_id FROM license_tokens
			WHERE license_id = ?1 AND kind = ?2 AND machine_id = ?3 AND client_id = ?4`,
			[]any{lic.id, c.kind, c.client.MachineID, c.client.ClientID}, &t.tokenID, &t.copy)
		if err != nil {
			return outcome{}, fmt.Errorf("find the activation: %w", err)
		}
		if !ok {
			return outcome{verdict: noToken}, nil
		}
		return l.giveBack(t, entity.TraceDeactivate, c.client, c.now)
	})
}

// giveBack removes a token, the node-locked copy with it, and corrects the pool.
func (l lite) giveBack(t liteToken, action entity.Action, c Client, now instant) (outcome, error) {
	if _, err := l.exec(`DELETE FROM license_tokens WHERE id = ?1`, t.tokenID); err != nil {
		return outcome{}, fmt.Errorf("remove the token: %w", err)
	}
	if t.copy.Valid {
		if _, err := l.exec(`DELETE FROM licenses WHERE id = ?1`, t.copy.Int64); err != nil {
			return outcome{}, fmt.Errorf("remove the node-locked copy: %w", err)
		}
	}
	if err := l.addHeld(t.id, t.kind, -1); err != nil {
		return outcome{}, err
	}
	t.grant.Active--
	return outcome{verdict: acknowledged, grant: t.grant}, l.traceCall(&t.liteLicense, action, c, now)
}

func (l lite) addHeld(licenseID int64, kind entity.PoolKind, n int64) error {
	_, err := l.exec(`UPDATE seat_pools SET held = held + ?3 WHERE license_id = ?1 AND kind = ?2`, licenseID, kind, n)
	if err != nil {
		return fmt.Errorf("correct the pool: %w", err)
	}
	return nil
}

// traceCall records the call where the license asks for it.
func (l lite) traceCall(lic *liteLicense, action entity.Action, c Client, now instant) error {
	if !lic.trace {
		return nil
	}
	_, err := l.exec(`INSERT INTO license_traces (client_ip, client_id, client_name, machine_id, created_date, action, license_id)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)`,
		c.Address, c.ClientID, c.ClientName, c.MachineID, entity.TimeOf(now.Wall), action, lic.id)
	if err != nil {
		return fmt.Errorf("write the trace: %w", err)
	}
	return nil
}
