package seat

// The statements of PostgreSQL. A command is a pipeline: the locks first, then
// one statement that decides, with a snapshot taken after the locks were had,
// so that it sees what the one before it has committed.
//
// pgClock reads the time once, after the locks. Tests pass it; production
// passes NULL and the database's clock decides, since nodes' clocks differ.
const (
	pgClock = `clock AS MATERIALIZED (
		SELECT COALESCE($1::bigint, t) AS lease_now, COALESCE($2::bigint, t) AS wall_now
		FROM (SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS t) c)`

	// pgLockPool takes (user key, kind): claims of one license queue here. It
	// notes which pool it has locked, because there may be none yet: a license
	// that is just being issued, or given this key or mode.
	pgLockPool = `WITH locked AS (
			SELECT p.license_id FROM seat_pools p JOIN licenses l ON l.id = p.license_id
			WHERE l.user_key = $1 AND p.kind = $2 FOR UPDATE OF p)
		SELECT set_config('licet.pool', license_id::text, true) FROM locked`

	// pgLockOwn takes (user key, kind, machine, client): a heartbeat of the
	// same identity is either before this claim or after it.
	pgLockOwn = `SELECT 1 FROM license_tokens t JOIN licenses l ON l.id = t.license_id
		WHERE l.user_key = $1 AND t.kind = $2 AND t.machine_id = $3 AND t.client_id = $4 FOR UPDATE OF t`

	// pgLockTokenPool takes (token): the pool that its seat came from.
	pgLockTokenPool = `SELECT 1 FROM seat_pools p JOIN license_tokens t ON t.license_id = p.license_id AND t.kind = p.kind
		WHERE t.token = $1 FOR UPDATE OF p`

	// pgLockToken takes (token).
	pgLockToken = `SELECT 1 FROM license_tokens WHERE token = $1 FOR UPDATE`
)

// pgClaim takes $1 lease now, $2 wall now, $3 user key, $4 kind, $5 machine,
// $6 client, $7 client name, $8 address, $9 token, $10 lease in µs, $11 the
// trace action, $12 max reap; $13 revision, $14 document, $15 hash and
// $16 restrictions of the node-locked copy, NULL on a floating claim.
//
// The verdict again says that the pool was not there to be locked when it was
// asked for; without its lock nothing may be decided.
//
// want is how many more rows the pool needs: 0 where the identity's lapsed row
// is used again, because it is counted already. The reaper spares that row, and
// judges each row once more when it has its lock: a heartbeat may have come first.
const pgClaim = `WITH ` + pgClock + `,
lic AS MATERIALIZED (
	SELECT l.*, p.allowed, p.held, lease_now, wall_now,
		CASE WHEN $4::bigint = 2 THEN lease_now + LEAST($10::bigint, l.expire_date - wall_now) END AS lease_end,
		CASE WHEN l.revoked THEN 'revoked' WHEN l.expire_date <= wall_now THEN 'expired'
			WHEN l.licensing_mode <> $4 THEN 'mode' WHEN l.revision <> $13::bigint THEN 'stale'
			WHEN current_setting('licet.pool', true) IS DISTINCT FROM l.id::text THEN 'again' ELSE 'ok' END AS verdict
	FROM clock, licenses l LEFT JOIN seat_pools p ON p.license_id = l.id AND p.kind = $4::bigint
	WHERE l.user_key = $3),
own AS MATERIALIZED (
	SELECT t.id, t.node_locked_license_id, COALESCE(t.expire_at > lic.lease_now, true) AS live
	FROM lic JOIN license_tokens t ON t.license_id = lic.id
	WHERE lic.verdict = 'ok' AND t.kind = $4 AND t.machine_id = $5 AND t.client_id = $6),
kept AS (
	UPDATE license_tokens t SET expire_at = lic.lease_end, last_heartbeat = lic.wall_now, client_name = $7, address = $8
	FROM lic, own WHERE own.live AND t.id = own.id
	RETURNING t.token, t.expire_at),
refreshed AS (
	UPDATE licenses c SET (` + copiedColumns + `) = (SELECT ` + copiedColumns + ` FROM lic),
		license_key = $14, hash = $15, restrictions = $16
	FROM own WHERE own.live AND c.id = own.node_locked_license_id AND $14::text IS NOT NULL),
need AS MATERIALIZED (
	SELECT lic.*, own.id AS own_id, CASE WHEN own.id IS NULL THEN 1 ELSE 0 END AS want
	FROM lic LEFT JOIN own ON true WHERE verdict = 'ok' AND own.live IS NOT TRUE),
reaped AS (
	DELETE FROM license_tokens t USING need CROSS JOIN LATERAL (
		SELECT v.id FROM license_tokens v
		WHERE v.license_id = need.id AND v.kind = $4 AND v.expire_at <= need.lease_now AND v.id IS DISTINCT FROM need.own_id
		ORDER BY v.expire_at LIMIT $12::bigint) victim
	WHERE need.held + need.want > need.allowed AND t.id = victim.id AND t.expire_at <= need.lease_now
	RETURNING 1),
room AS MATERIALIZED (
	SELECT need.*, r.n AS gone, held - r.n + want <= allowed OR allowed IS NULL AS fits
	FROM need, (SELECT count(*) AS n FROM reaped) r),
pool AS (
	UPDATE seat_pools p SET held = p.held - gone + CASE WHEN fits THEN want ELSE 0 END
	FROM room WHERE p.license_id = room.id AND p.kind = $4 AND (gone > 0 OR fits AND want > 0)
	RETURNING p.held),
copied AS (
	INSERT INTO licenses (` + copiedColumns + `, parent_id, created_at, updated_at, license_key, hash, restrictions)
	SELECT ` + copiedColumns + `, id, wall_now, wall_now, $14, $15, $16 FROM room WHERE fits AND $14::text IS NOT NULL
	RETURNING id),
reused AS (
	UPDATE license_tokens t SET token = $9, issue_date = wall_now, last_heartbeat = wall_now, expire_at = lease_end,
		client_name = $7, address = $8
	FROM room WHERE fits AND t.id = room.own_id
	RETURNING t.token, t.expire_at),
fresh AS (
	INSERT INTO license_tokens (kind, token, address, client_id, client_name, machine_id,
		issue_date, expire_at, last_heartbeat, license_id, node_locked_license_id)
	SELECT $4, $9, $8, $6, $7, $5, wall_now, lease_end, wall_now, room.id, copied.id
	FROM room LEFT JOIN copied ON true WHERE fits AND own_id IS NULL
	RETURNING token, expire_at),
seat AS (SELECT 'kept' AS how, * FROM kept UNION ALL SELECT 'granted', * FROM reused UNION ALL SELECT 'granted', * FROM fresh),
traced AS (
	INSERT INTO license_traces (client_ip, client_id, client_name, machine_id, created_date, action, license_id)
	SELECT $8, $6, $7, $5, wall_now, $11, lic.id FROM lic, seat WHERE lic.trace)
SELECT CASE WHEN verdict <> 'ok' THEN verdict ELSE COALESCE(how, 'seat') END, lic.license_id, licensing_mode,
	expire_date, support_expire_date, COALESCE($14::text, lic.license_key), allowed, COALESCE(pool.held, lic.held), token, expire_at,
	COALESCE(expire_at - lease_now, 0)
FROM lic LEFT JOIN seat ON true LEFT JOIN pool ON true`

// pgBeat takes $1 lease now, $2 wall now, $3 token, $4 machine, $5 client, $6
// lease in µs.
const pgBeat = `WITH ` + pgClock + `,
tok AS MATERIALIZED (
	SELECT t.id, t.kind, l.license_id, l.expire_date, p.allowed, p.held, lease_now, wall_now,
		CASE WHEN t.kind = 2 THEN lease_now + LEAST($6::bigint, l.expire_date - wall_now) END AS lease_end,
		CASE WHEN l.revoked THEN 'revoked' WHEN l.expire_date <= wall_now THEN 'expired'
			WHEN t.expire_at <= lease_now THEN 'lapsed' ELSE 'kept' END AS verdict
	FROM clock, license_tokens t JOIN licenses l ON l.id = t.license_id
		JOIN seat_pools p ON p.license_id = t.license_id AND p.kind = t.kind
	WHERE t.token = $3 AND t.machine_id = $4 AND t.client_id = $5),
beat AS (
	UPDATE license_tokens t SET expire_at = tok.lease_end, last_heartbeat = tok.wall_now
	FROM tok WHERE tok.verdict = 'kept' AND t.id = tok.id)
SELECT verdict, license_id, allowed, held, COALESCE(lease_end, expire_date), COALESCE(lease_end - lease_now, 0) FROM tok`

// pgGiveBack ends a seat whose row the CTE gone has found: it removes the token
// and its node-locked copy, corrects the pool and writes the trace. The CTE gone must give
// id, license_id, kind, node_locked_license_id, verdict and wall_now.
const pgGiveBack = `
removed AS (DELETE FROM license_tokens t USING gone WHERE gone.verdict = 'ok' AND t.id = gone.id RETURNING t.id),
uncopied AS (DELETE FROM licenses c USING gone WHERE gone.verdict = 'ok' AND c.id = gone.node_locked_license_id),
pool AS (
	UPDATE seat_pools p SET held = p.held - 1 FROM gone, removed
	WHERE p.license_id = gone.license_id AND p.kind = gone.kind
	RETURNING p.held),
traced AS (
	INSERT INTO license_traces (client_ip, client_id, client_name, machine_id, created_date, action, license_id)
	SELECT $6, $5, $7, $4, wall_now, $8, gone.license_id FROM gone JOIN licenses l ON l.id = gone.license_id, removed WHERE l.trace)
SELECT verdict, l.license_id, l.licensing_mode, p.allowed, COALESCE(pool.held, p.held)
FROM gone JOIN licenses l ON l.id = gone.license_id
	LEFT JOIN seat_pools p ON p.license_id = gone.license_id AND p.kind = gone.kind LEFT JOIN pool ON true`

// pgRelease takes $1 lease now, $2 wall now, $3 token, $4 machine, $5 client,
// $6 address, $7 client name, $8 the trace action.
const pgRelease = `WITH ` + pgClock + `,
gone AS MATERIALIZED (
	SELECT t.id, t.license_id, t.kind, t.node_locked_license_id, wall_now,
		CASE WHEN t.kind <> 2 THEN 'floating' WHEN t.expire_at <= lease_now THEN 'lapsed' ELSE 'ok' END AS verdict
	FROM clock, license_tokens t WHERE t.token = $3 AND t.machine_id = $4 AND t.client_id = $5),` + pgGiveBack

// pgDeactivate takes $1 lease now, $2 wall now, $3 user key, $4 machine, $5
// client, $6 address, $7 client name, $8 the trace action.
const pgDeactivate = `WITH ` + pgClock + `,
gone AS MATERIALIZED (
	SELECT t.id, l.id AS license_id, 1::bigint AS kind, t.node_locked_license_id, wall_now,
		CASE WHEN l.licensing_mode <> 1 THEN 'mode'
			WHEN EXISTS (SELECT 1 FROM license_orders o WHERE o.license_id = l.id) THEN 'order' WHEN t.id IS NULL THEN 'token' ELSE 'ok' END AS verdict
	FROM clock, licenses l LEFT JOIN license_tokens t
		ON t.license_id = l.id AND t.kind = 1 AND t.machine_id = $4 AND t.client_id = $5
	WHERE l.user_key = $3),` + pgGiveBack

// pgReap takes $1 lease now, $2 wall now, $3 license id, $4 limit.
const pgReap = `WITH ` + pgClock + `,
reaped AS (
	DELETE FROM license_tokens t USING clock CROSS JOIN LATERAL (
		SELECT v.id FROM license_tokens v
		WHERE v.license_id = $3 AND v.kind = 2 AND v.expire_at <= clock.lease_now ORDER BY v.expire_at LIMIT $4::bigint) victim
	WHERE t.id = victim.id AND t.expire_at <= clock.lease_now
	RETURNING 1),
pool AS (
	UPDATE seat_pools SET held = held - (SELECT count(*) FROM reaped)
	WHERE license_id = $3 AND kind = 2 AND EXISTS (SELECT 1 FROM reaped))
SELECT count(*) FROM reaped`
