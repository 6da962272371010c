package books

import (
	"context"
	"fmt"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/store"
)

// Figures are the counts of the whole house.
type Figures struct {
	Tokens   TokenFigures
	Licenses LicenseFigures
}

// LicenseFigures count the licenses, without node-locked copies. The books keep
// them with each change.
type LicenseFigures struct {
	Total, Revoked, Traced     int64
	Activation, Floating, File int64 // by mode
}

// TokenFigures count the rows of tokens.
type TokenFigures struct {
	Activation int64       // of licenses that have not expired
	Floating   int64       // leases that have not lapsed
	Expired    int64       // the other rows
	CountedAt  entity.Time // none: there are many, and no count has ended yet
}

// Figures tells how many licenses and tokens there are, in milliseconds however
// many that is. Licenses are exact. Tokens are where there are few; of many it
// tells what Keep counted last, be it before a restart.
func (s *Service) Figures(ctx context.Context) (*Figures, error) {
	f := &Figures{}
	// COALESCE is for the types only: there is always a row.
	err := s.store.Read().NewRaw(`SELECT CAST(COALESCE(SUM(licenses), 0) AS bigint), CAST(COALESCE(SUM(revoked), 0) AS bigint),
			CAST(COALESCE(SUM(traced), 0) AS bigint), CAST(COALESCE(SUM(activation), 0) AS bigint),
			CAST(COALESCE(SUM(floating), 0) AS bigint), CAST(COALESCE(SUM(file), 0) AS bigint) FROM license_figures`).
		Scan(ctx, &f.Licenses.Total, &f.Licenses.Revoked, &f.Licenses.Traced,
			&f.Licenses.Activation, &f.Licenses.Floating, &f.Licenses.File)
	if err != nil {
		return nil, fmt.Errorf("read the figures of licenses: %w", store.Normalise(err))
	}
	if f.Tokens, err = s.tokens.figures(ctx); err != nil {
		return nil, err
	}
	return f, nil
}

// foldFigures makes one row of the rows that changes to licenses have added on
// PostgreSQL, so that their sum is read quickly. Any number of nodes may do it at
// once: each takes away and adds the rows that it got. Fewer than least are left.
func (s *Service) foldFigures(ctx context.Context, least int) error {
	if s.store.Engine() != store.Postgres {
		return nil
	}
	var rows int
	err := s.store.Read().NewRaw(`SELECT COUNT(*) FROM (SELECT 1 FROM license_figures LIMIT ?) few`, least).Scan(ctx, &rows)
	if err != nil {
		return fmt.Errorf("count the figures of licenses: %w", store.Normalise(err))
	}
	if rows < least {
		return nil
	}
	err = s.store.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.NewRaw(`WITH gone AS (DELETE FROM license_figures RETURNING *)
			INSERT INTO license_figures (licenses, revoked, traced, file, activation, floating)
			SELECT SUM(licenses), SUM(revoked), SUM(traced), SUM(file), SUM(activation), SUM(floating) FROM gone HAVING COUNT(*) > 0`).Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("fold the figures of licenses: %w", err)
	}
	// The dead rows would be read with the living one until autovacuum comes.
	if _, err := s.store.Pool().Exec(ctx, `VACUUM license_figures`); err != nil {
		return fmt.Errorf("fold the figures of licenses: %w", err)
	}
	return nil
}

// foldRows is how many rows are read sooner than folded.
const foldRows = 500
