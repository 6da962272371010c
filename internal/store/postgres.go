package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
)

// writeTries bounds how often a transaction that PostgreSQL chose as the loser
// of a deadlock or a serialization conflict is run again.
const writeTries = 5

func openPostgres(ctx context.Context, o Options) (_ *Store, err error) {
	cfg, err := pgxpool.ParseConfig(o.URL)
	if err != nil {
		// pgx masks the password in its message.
		return nil, fmt.Errorf("database: %w", err)
	}
	if !strings.Contains(o.URL, "pool_max_conns") {
		cfg.MaxConns = int32(max(16, 4*runtime.NumCPU()))
	}
	params := cfg.ConnConfig.RuntimeParams
	params["synchronous_commit"] = "on" // an answer 200 is on disk, whatever the server's default
	params["timezone"] = "UTC"
	params["standard_conforming_strings"] = "on" // bun quotes values by this rule; another one would let them out
	// What a write decides by must be what was committed when it had its locks.
	params["default_transaction_isolation"] = "read committed"
	// Statements with parameters are the hand-written ones of seats, each with one
	// sane plan; planning a claim anew would cost more than running it.
	params["plan_cache_mode"] = "force_generic_plan"
	params["application_name"] = cmp.Or(o.Name, serverName)
	params["idle_in_transaction_session_timeout"] = "60000" // ms; a stuck node must not hold a pool row for ever
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	s := &Store{engine: Postgres, pool: pool}
	s.close = append(s.close, func() error { pool.Close(); return nil })
	defer func() {
		if err != nil {
			_ = s.Close()
		}
	}()
	db := openUnprepared(pool)
	s.close = append(s.close, db.Close)
	if err := db.PingContext(ctx); err != nil {
		return nil, fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	if err := migrate(ctx, Postgres, db); err != nil {
		return nil, err
	}
	s.read = bun.NewDB(db, pgdialect.New())
	return s, nil
}

func (s *Store) writePostgres(ctx context.Context, fn func(context.Context, *Tx) error) error {
	for try := 1; ; try++ {
		err := s.read.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
			return guard(ctx, fn, &Tx{IDB: tx})
		})
		if err == nil || try == writeTries || !LostRace(err) {
			return Normalise(err)
		}
	}
}

// LostRace says whether err is PostgreSQL's word that the transaction lost
// against another and may be run again.
func LostRace(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01")
}
