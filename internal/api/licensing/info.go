package licensing

import (
	"context"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/httpx"
	"github.com/licet/licet/internal/seat"
)

// info streams its answer: a license may have a million holders.
func (s *surface) info(ctx context.Context, r *keyRequest) (*httpx.ListOf[token], error) {
	info, err := byKey(ctx, s, r, s.seats.Info)
	if err != nil {
		return nil, err
	}
	all := seesAllTokens(httpx.CallerFrom(ctx))
	active := int64(0)
	return &httpx.ListOf[token]{
		Name: "licenseTokens",
		Items: func(yield func(token, error) bool) {
			for t, err := range info.Tokens {
				active++
				own := t.MachineID == r.MachineID && t.ClientID == r.ClientID
				if !yield(tokenOf(t, info, all || own), err) {
					return
				}
			}
		},
		Tail: func() httpx.Object { return infoTail(info, active) },
	}, nil
}

// infoTail is what the answer tells of the license, after its holders.
func infoTail(info *seat.Info, active int64) httpx.Object {
	return httpx.Object{
		{Name: "licenseId", Value: info.LicenseID},
		{Name: "maxClientCount", Value: info.Max},
		{Name: "activeClientCount", Value: active},
		{Name: "licensingMode", Value: info.Mode},
		{Name: "revoked", Value: info.Revoked},
		{Name: "issuedAt", Value: momentOf(info.IssuedAt)},
		{Name: "expireAt", Value: momentOf(info.ExpireAt)},
		{Name: "supportExpireAt", Value: momentOf(info.SupportExpireAt)},
	}
}

// seesAllTokens is for staff, and so false for applications, customers' among
// them, and keyless callers: otherwise the user key, which every installation
// has, would be enough to end everybody's seats: release wants a token,
// deactivate a machine and a client.
func seesAllTokens(c httpx.Caller) bool {
	return c.Is(entity.Administrator) || c.Is(entity.LicenseManager) || c.Is(entity.Sales)
}

// masked stands for what a caller may not see of another's seat.
const masked = "****"

func tokenOf(t entity.LicenseToken, info *seat.Info, full bool) token {
	expire := t.ExpireDate
	if expire.IsZero() {
		expire = info.ExpireAt
	}
	shown := token{
		Token: t.Token, LicenseID: info.LicenseID, Revoked: info.Revoked, ClientID: t.ClientID, ClientAddr: t.Address,
		ClientName: t.ClientName, MachineID: t.MachineID, IssuedAt: momentOf(t.IssueDate), ExpireAt: momentOf(expire),
		LastHearbeat: momentOf(t.LastHeartbeat),
	}
	if !full {
		shown.Token, shown.MachineID, shown.ClientID, shown.ClientName, shown.ClientAddr = masked, masked, masked, masked, masked
	}
	return shown
}
