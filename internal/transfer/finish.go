package transfer

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/seat"
	"github.com/licet/licet/internal/store"
)

// finish makes the books whole and open to servers, in one transaction.
func (im *Importer) finish(ctx context.Context) error {
	return im.Store.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := verifySeats(ctx, tx); err != nil {
			return err
		}
		if err := im.setSequences(ctx, tx); err != nil {
			return fmt.Errorf("set the highest ids: %w", err)
		}
		if err := im.markLeases(ctx, tx); err != nil {
			return fmt.Errorf("set the lease clock: %w", err)
		}
		return removeMark(ctx, tx)
	})
}

// verifySeats holds that each pool counts its tokens: one that counts fewer would
// grant seats that are taken.
func verifySeats(ctx context.Context, tx *store.Tx) error {
	var wrong struct {
		License, Kind, Held, Tokens int64
	}
	// Each row looks up its others by an index: a join that makes none of its own
	// would look at every token for every pool.
	err := tx.NewRaw(`SELECT license_id AS license, kind, held, tokens FROM (
			SELECT license_id, kind, held, (SELECT COUNT(*) FROM license_tokens t WHERE t.license_id = p.license_id AND t.kind = p.kind) AS tokens
			FROM seat_pools p) counted
		WHERE held <> tokens
		UNION ALL
		SELECT license_id, kind, 0, 1 FROM license_tokens t
		WHERE NOT EXISTS (SELECT 1 FROM seat_pools p WHERE p.license_id = t.license_id AND p.kind = t.kind)
		LIMIT 1`).Scan(ctx, &wrong)
	switch err = store.Normalise(err); {
	case errors.Is(err, store.ErrNoRow):
		return nil
	case err != nil:
		return fmt.Errorf("count the seats: %w", err)
	}
	return fmt.Errorf("the rows contradict each other: by its seat_pools row, license %d has given %d seats of kind %d, and there are %d license_tokens",
		wrong.License, wrong.Held, wrong.Kind, wrong.Tokens)
}

// setSequences keeps ids from being given a second time. They never go back.
func (im *Importer) setSequences(ctx context.Context, tx *store.Tx) error {
	for _, t := range tables() {
		highest := im.Contents.Header.Sequences[t.name]
		var err error
		if im.Store.Engine() == store.Postgres {
			err = setSequence(ctx, tx, &t, highest)
		} else if highest > 0 {
			err = setAutoincrement(ctx, tx, &t, highest)
		}
		if err != nil {
			return store.Normalise(err)
		}
	}
	return nil
}

func setSequence(ctx context.Context, tx *store.Tx, t *table, highest int64) error {
	var name sql.NullString
	if err := tx.NewRaw(`SELECT `+sequenceOf(t)).Scan(ctx, &name); err != nil || !name.Valid {
		return err
	}
	key := t.keyNames()[0]
	_, err := tx.NewRaw(`SELECT setval('`+name.String+`', n) FROM (SELECT GREATEST(?, (SELECT MAX(`+key+`) FROM `+quoted(t.name)+`),
		(SELECT CASE WHEN is_called THEN last_value END FROM `+name.String+`)) AS n) given WHERE n > 0`, highest).Exec(ctx)
	return err
}

// setAutoincrement is for tables that count; rows that come in count themselves.
func setAutoincrement(ctx context.Context, tx *store.Tx, t *table, highest int64) error {
	var counts bool
	err := tx.NewRaw(`SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ? AND sql LIKE '%AUTOINCREMENT%')`, t.name).Scan(ctx, &counts)
	if err != nil || !counts {
		return err
	}
	result, err := tx.NewRaw(`UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?`, highest, t.name).Exec(ctx)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n > 0 {
		return err
	}
	_, err = tx.NewRaw(`INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)`, t.name, highest).Exec(ctx)
	return err
}

// markLeases says which leases were over when the file was written, for the first
// start on SQLite: those stay over, the others get one more lease. PostgreSQL's
// clock goes on by itself.
func (im *Importer) markLeases(ctx context.Context, tx *store.Tx) error {
	if im.Store.Engine() == store.Postgres {
		return nil
	}
	h := im.Contents.Header
	for name, at := range map[string]entity.Time{seat.LeaseClock: h.LeaseClock, seat.LeaseTime: h.LeaseTime} {
		if at.IsZero() {
			at = h.At
		}
		_, err := tx.NewRaw(`INSERT INTO server_state (name, value) VALUES (?0, ?1) ON CONFLICT (name) DO UPDATE SET value = excluded.value
			WHERE CAST(excluded.value AS bigint) > CAST(server_state.value AS bigint)`, name, strconv.FormatInt(at.Micros(), 10)).Exec(ctx)
		if err != nil {
			return store.Normalise(err)
		}
	}
	return nil
}
