package books

import (
	"context"
	"fmt"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/store"
)

// Figures are the counts of the whole house.
type Figures struct {
	ActivationTokens int64 // of licenses that have not expired
	FloatingTokens   int64 // leases that have not lapsed
	ExpiredTokens    int64 // the other rows

	Licenses           int64
	RevokedLicenses    int64
	TracedLicenses     int64
	ActivationLicenses int64
	FloatingLicenses   int64
	FileLicenses       int64
}

// Figures counts tokens and licenses, as of now. It reads every row: it is for
// people who look, not for a hot path.
func (s *Service) Figures(ctx context.Context) (*Figures, error) {
	now, f := s.clock.Read(), &Figures{}
	err := s.store.Read().NewRaw(`SELECT COUNT(CASE WHEN t.kind = 1 AND live THEN 1 END), COUNT(CASE WHEN t.kind = 2 AND live THEN 1 END),
			COUNT(CASE WHEN NOT live THEN 1 END)
		FROM (SELECT t.kind, CASE WHEN t.kind = 2 THEN t.expire_at > ? ELSE l.expire_date IS NULL OR l.expire_date > ? END AS live
			FROM license_tokens t JOIN licenses l ON l.id = t.license_id) t`,
		entity.TimeOf(now.Lease), entity.TimeOf(now.Wall)).Scan(ctx, &f.ActivationTokens, &f.FloatingTokens, &f.ExpiredTokens)
	if err != nil {
		return nil, fmt.Errorf("count the tokens: %w", store.Normalise(err))
	}
	err = s.store.Read().NewRaw(`SELECT COUNT(*), COUNT(CASE WHEN revoked THEN 1 END), COUNT(CASE WHEN trace THEN 1 END),
			COUNT(CASE WHEN licensing_mode = ? THEN 1 END), COUNT(CASE WHEN licensing_mode = ? THEN 1 END),
			COUNT(CASE WHEN licensing_mode = ? THEN 1 END)
		FROM licenses WHERE parent_id IS NULL`, entity.Activation, entity.Floating, entity.File).
		Scan(ctx, &f.Licenses, &f.RevokedLicenses, &f.TracedLicenses, &f.ActivationLicenses, &f.FloatingLicenses, &f.FileLicenses)
	if err != nil {
		return nil, fmt.Errorf("count the licenses: %w", store.Normalise(err))
	}
	return f, nil
}
