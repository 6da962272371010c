package seat

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/licet/licet/internal/entity"
)

// maxReap is how many lapsed leases a claim removes when it finds the pool full.
const maxReap = 64

func (b *sqliteBooks) claim(ctx context.Context, c claim) (outcome, error) {
	return b.write(ctx, func(l lite) (outcome, error) {
		lic, ok, err := l.license(c.userKey, c.kind)
		if err != nil {
			return outcome{}, fmt.Errorf("find the license: %w", err)
		}
		if !ok {
			return outcome{verdict: noLicense}, nil
		}
		if v := lic.admits(c.now.Wall, c.mode()); v != granted {
			return outcome{verdict: v, grant: lic.grant}, nil
		}
		if c.copy != nil && c.copy.revision != lic.revision {
			return outcome{verdict: stale}, nil
		}
		return l.claim(&lic, c)
	})
}

// liteOwn is the row that the identity has already, live or lapsed.
type liteOwn struct {
	id     int64 // 0: none
	token  string
	end    entity.Time
	copy   sql.NullInt64
	signed sql.NullInt64
}

const liteOwnToken = `SELECT t.id, t.token, t.expire_at, t.node_locked_license_id, n.revision
	FROM license_tokens t LEFT JOIN licenses n ON n.id = t.node_locked_license_id
	WHERE t.license_id = ?1 AND t.kind = ?2 AND t.machine_id = ?3 AND t.client_id = ?4`

func (l lite) claim(lic *liteLicense, c claim) (outcome, error) {
	var own liteOwn
	_, err := l.row(liteOwnToken, []any{lic.id, c.kind, c.client.MachineID, c.client.ClientID},
		&own.id, &own.token, &own.end, &own.copy, &own.signed)
	if err != nil {
		return outcome{}, fmt.Errorf("find the caller's token: %w", err)
	}
	if own.id != 0 && !own.end.Reached(c.now.over()) {
		return l.keep(lic, own, c)
	}
	want := int64(1)
	if own.id != 0 {
		want = 0 // its lapsed row is counted already
	}
	if err := l.makeRoom(lic, own.id, want, c); err != nil {
		return outcome{}, err
	}
	if lic.allowed.Valid && lic.held.Int64+want > lic.allowed.Int64 {
		// The reaping, if any, is kept: only the claim is denied.
		lic.grant.setCounts(lic.held.Int64, lic.allowed)
		return outcome{verdict: noSeat, grant: lic.grant}, nil
	}
	taken, err := l.row(`SELECT 1 FROM license_tokens WHERE token = ?1`, []any{c.token}, new(int))
	if err != nil || taken {
		return outcome{verdict: tokenTaken}, err
	}
	return l.take(lic, own, want, c)
}

// makeRoom reaps lapsed leases when the pool has no place for want more. The
// caller's own row is spared: it is used again in place.
func (l lite) makeRoom(lic *liteLicense, own, want int64, c claim) error {
	if !lic.allowed.Valid || lic.held.Int64+want <= lic.allowed.Int64 {
		return nil
	}
	n, err := l.exec(liteReap, lic.id, c.kind, entity.TimeOf(c.now.over()), own, maxReap)
	if err != nil {
		return fmt.Errorf("reap lapsed leases: %w", err)
	}
	if n == 0 {
		return nil
	}
	lic.held.Int64 -= n
	return l.addHeld(lic.id, c.kind, -n)
}

const liteReap = `DELETE FROM license_tokens WHERE id IN (
	SELECT id FROM license_tokens WHERE license_id = ?1 AND kind = ?2 AND expire_at <= ?3 AND id <> ?4
	ORDER BY expire_at LIMIT ?5)`

// keep renews a seat that the identity holds.
func (l lite) keep(lic *liteLicense, own liteOwn, c claim) (outcome, error) {
	g := lic.grant
	g.Token, g.ExpireAt = own.token, lic.expire
	var end entity.Time
	if c.kind == entity.PoolFloating {
		end = c.now.leaseEnd(c.lease, lic.expire)
		g.setLease(end, c.now)
	}
	_, err := l.exec(`UPDATE license_tokens SET expire_at = ?2, last_heartbeat = ?3, client_name = ?4, address = ?5 WHERE id = ?1`,
		own.id, end, entity.TimeOf(c.now.Wall), c.client.ClientName, c.client.Address)
	if err != nil {
		return outcome{}, fmt.Errorf("renew the seat: %w", err)
	}
	if c.copy != nil {
		if _, err := l.exec(refreshCopy, own.copy.Int64, c.copy.document, c.copy.hash, c.copy.restrictions); err != nil {
			return outcome{}, fmt.Errorf("renew the node-locked copy: %w", err)
		}
		g.License.Document = c.copy.document
	}
	return outcome{verdict: kept, grant: g}, l.traceCall(lic, c.action(), c.client, c.now)
}

// take makes the seat: a new row, or the identity's lapsed one under a new token.
func (l lite) take(lic *liteLicense, own liteOwn, want int64, c claim) (outcome, error) {
	g := lic.grant
	g.Token, g.ExpireAt = c.token, lic.expire
	var end entity.Time
	var copyID any
	if c.kind == entity.PoolFloating {
		end = c.now.leaseEnd(c.lease, lic.expire)
		g.setLease(end, c.now)
	}
	if c.copy != nil {
		id, err := l.insert(insertCopy, lic.id, entity.TimeOf(c.now.Wall), c.copy.document, c.copy.hash, c.copy.restrictions)
		if err != nil {
			return outcome{}, fmt.Errorf("store the node-locked copy: %w", err)
		}
		copyID, g.License.Document = id, c.copy.document
	}
	wall := entity.TimeOf(c.now.Wall)
	if err := l.writeToken(own.id, lic.id, end, wall, copyID, c); err != nil {
		return outcome{}, fmt.Errorf("write the token: %w", err)
	}
	if err := l.addHeld(lic.id, c.kind, want); err != nil {
		return outcome{}, err
	}
	g.setCounts(lic.held.Int64+want, lic.allowed)
	return outcome{verdict: granted, grant: g}, l.traceCall(lic, c.action(), c.client, c.now)
}

func (l lite) writeToken(own, licenseID int64, end, wall entity.Time, copyID any, c claim) error {
	if own != 0 {
		_, err := l.exec(`UPDATE license_tokens SET token = ?2, issue_date = ?3, last_heartbeat = ?3, expire_at = ?4,
			client_name = ?5, address = ?6 WHERE id = ?1`,
			own, c.token, wall, end, c.client.ClientName, c.client.Address)
		return err
	}
	_, err := l.exec(`INSERT INTO license_tokens (kind, token, address, client_id, client_name, machine_id,
			issue_date, expire_at, last_heartbeat, license_id, node_locked_license_id)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?7, ?9, ?10)`,
		c.kind, c.token, c.client.Address, c.client.ClientID, c.client.ClientName, c.client.MachineID,
		wall, end, licenseID, copyID)
	return err
}

// action is what a claim is traced as.
func (c claim) action() entity.Action {
	if c.kind == entity.PoolFloating {
		return entity.TraceRequest
	}
	return entity.TraceActivate
}
