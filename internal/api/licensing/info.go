package licensing

import (
	"context"
	"slices"
	"strings"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/httpx"
	"github.com/licet/licet/internal/seat"
)

func (s *surface) info(ctx context.Context, r *keyRequest) (*infoResponse, error) {
	info, err := byKey(ctx, s, r, s.seats.Info)
	if err != nil {
		return nil, err
	}
	answer := &infoResponse{
		LicenseTokens: make([]token, 0, len(info.Tokens)), LicenseID: info.LicenseID,
		MaxClientCount: info.Max, ActiveClientCount: info.Active, LicensingMode: info.Mode, Revoked: info.Revoked,
		IssuedAt: momentOf(info.IssuedAt), ExpireAt: momentOf(info.ExpireAt), SupportExpireAt: momentOf(info.SupportExpireAt),
	}
	all := seesAllTokens(httpx.CallerFrom(ctx))
	for _, t := range info.Tokens {
		own := t.MachineID == r.MachineID && t.ClientID == r.ClientID
		answer.LicenseTokens = append(answer.LicenseTokens, tokenOf(t, info, all || own))
	}
	return answer, nil
}

// seesAllTokens is false for applications and keyless callers: otherwise the
// user key, which every installation has, would be enough to release
// everybody's seats.
func seesAllTokens(c httpx.Caller) bool {
	return slices.ContainsFunc(c.Roles, func(r entity.Role) bool { return r != entity.Application })
}

func tokenOf(t entity.LicenseToken, info *seat.Info, full bool) token {
	shown := t.Token
	if !full {
		shown = mask(t.Token)
	}
	expire := t.ExpireDate
	if expire.IsZero() {
		expire = info.ExpireAt
	}
	return token{
		Token: shown, LicenseID: info.LicenseID, Revoked: info.Revoked, ClientID: t.ClientID, ClientAddr: t.Address,
		ClientName: t.ClientName, MachineID: t.MachineID, IssuedAt: momentOf(t.IssueDate), ExpireAt: momentOf(expire),
		LastHearbeat: momentOf(t.LastHeartbeat),
	}
}

// mask keeps what a format puts before its random part, as fltk_ in fltk_****.
func mask(token string) string {
	prefix, _, found := strings.Cut(token, "_")
	if !found {
		return "****"
	}
	return prefix + "_****"
}
