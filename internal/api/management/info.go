package management

import (
	"context"
	"net/http"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/httpx"
	"github.com/licet/licet/internal/seat"
)

// info is the answer of /v1/info. Edition and license describe the vendor's own
// license of the server; this one needs none, so they are 0 and "".
// TokensCountedAt is our addition.
type info struct {
	status
	Product            string      `json:"product"`
	Edition            int         `json:"edition"`
	Version            string      `json:"version"`
	License            string      `json:"license"`
	ServerHost         string      `json:"serverHost"`
	ServerTime         entity.Time `json:"serverTime"`
	ClientAddress      string      `json:"clientAddress"`
	ActiveTokens       int64       `json:"activeTokens"`
	MaxTokens          int64       `json:"maxTokens"`
	ActivationTokens   int64       `json:"activationTokens"`
	FloatingTokens     int64       `json:"floatingTokens"`
	ExpiredTokens      int64       `json:"expiredTokens"`
	TokensCountedAt    entity.Time `json:"tokensCountedAt"`
	TotalLicenses      int64       `json:"totalLicenses"`
	RevokedLicenses    int64       `json:"revokedLicenses"`
	TracedLicenses     int64       `json:"tracedLicenses"`
	ActivationLicenses int64       `json:"activationLicenses"`
	FloatingLicenses   int64       `json:"floatingLicenses"`
	FileLicenses       int64       `json:"fileLicenses"`
}

func infoOperation(d Deps, r roles) httpx.Operation {
	return op(http.MethodGet, "/v1/info", "Tell about the server and its books", httpx.Roles(r.staff...),
		func(ctx context.Context, _ *struct{}) (*info, error) {
			f, err := d.Books.Figures(ctx)
			if err != nil {
				return nil, err
			}
			return &info{
				status:  status{Success: true},
				Product: "licet", Version: d.Version, ServerHost: d.Host,
				ServerTime: entity.TimeOf(d.Clock.Read().Wall), ClientAddress: httpx.ClientAddr(ctx),
				ActiveTokens: f.Tokens.Activation + f.Tokens.Floating, MaxTokens: seat.Unlimited,
				ActivationTokens: f.Tokens.Activation, FloatingTokens: f.Tokens.Floating, ExpiredTokens: f.Tokens.Expired,
				TokensCountedAt: f.Tokens.CountedAt,
				TotalLicenses:   f.Licenses.Total, RevokedLicenses: f.Licenses.Revoked, TracedLicenses: f.Licenses.Traced,
				ActivationLicenses: f.Licenses.Activation, FloatingLicenses: f.Licenses.Floating, FileLicenses: f.Licenses.File,
			}, nil
		}).WithDescription("tokensCountedAt is when the tokens were counted: now, or with more than 1,000 of them when that was last done in the background; " +
		"null where none of these counts has ended yet, and the figures of tokens are 0.")
}
