package management

import (
	"context"
	"iter"
	"net/http"

	"github.com/licet/licet/internal/books"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/httpx"
	"github.com/licet/licet/internal/seat"
)

const (
	tokenItem  = "licenseToken"
	tokenItems = "licenseTokens"
)

// tokenQuery are the parameters of a list of tokens.
type tokenQuery struct {
	listQuery
	CountOnly bool `query:"countOnly" doc:"Leave the tokens out, tell only how many there are"`
}

type licenseTokenQuery struct {
	byID
	tokenQuery
}

// tokenRequest is {"licenseToken": {…}} about the license in the path.
type tokenRequest struct {
	byID
	Body httpx.ItemOf[entity.LicenseToken] `body:""`
}

// tokenPath names a token of a license.
type tokenPath struct {
	LicenseID int64 `path:"licenseId"`
	TokenID   int64 `path:"tokenId"`
}

func tokenOperations(d Deps, r roles) []httpx.Operation {
	t := tokens{books: d.Books, staff: r.keepers}
	read, write := httpx.Roles(orCustomer(r.keepers)...), httpx.Roles(r.keepers...)
	const ofLicense = "/v1/licenses/{licenseId}/tokens"
	return []httpx.Operation{
		op(http.MethodGet, "/v1/license-tokens", "List license tokens", read, t.list).
			WithResponseSchema(tokenCounts(done(httpx.Member{Name: tokenItems, Value: []entity.LicenseToken(nil)}), 0, 0)),
		op(http.MethodGet, ofLicense, "List the tokens of a license", read, t.listOfLicense).
			WithResponseSchema(tokenCounts(done(httpx.Member{Name: tokenItems, Value: []entity.LicenseToken(nil)}), 0, 0)),
		op(http.MethodPost, ofLicense, "Take a seat of a license by hand", write, t.insert).WithItem(tokenItem).
			WithDescription("Only machineId, clientId, clientName and address are taken; the rest is the server's to say.").
			WithRequestSchema(httpx.Object{{Name: tokenItem, Value: entity.LicenseToken{}}}).
			WithResponseSchema(tokenAnswer(&entity.LicenseToken{})),
		op(http.MethodDelete, ofLicense+"/{tokenId}", "Take a token away and free its seat", write, t.remove).
			WithResponseSchema(done()),
	}
}

// tokens are the operations on seats.
type tokens struct {
	books *books.Service
	staff []entity.Role
}

func (t tokens) list(ctx context.Context, q *tokenQuery) (*httpx.ListOf[entity.LicenseToken], error) {
	return t.answer(ctx, q, nil)
}

func (t tokens) listOfLicense(ctx context.Context, q *licenseTokenQuery) (*httpx.ListOf[entity.LicenseToken], error) {
	return t.answer(ctx, &q.tokenQuery, &q.ID)
}

func (t tokens) answer(ctx context.Context, q *tokenQuery, licenseID *int64) (*httpx.ListOf[entity.LicenseToken], error) {
	page, err := q.page()
	if err != nil {
		return nil, err
	}
	customer, err := onlyOf(ctx, t.staff)
	if err != nil {
		return nil, err
	}
	l, err := t.books.Tokens(ctx, books.TokenFilter{LicenseID: licenseID, CustomerID: customer}, page)
	if err != nil {
		return nil, err
	}
	answer := answered(tokenItems, l)
	if q.CountOnly {
		answer.Items = nil
		answer.Tail = func() httpx.Object { return tokenCounts(nil, l.Total, l.Total) }
		return answer, nil
	}
	var n int64
	answer.Items = counted(l.Items, &n)
	answer.Tail = func() httpx.Object { return tokenCounts(nil, n, l.Total) }
	return answer, nil
}

// counted counts the items as they pass.
func counted[T any](items iter.Seq2[T, error], n *int64) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for v, err := range items {
			*n++
			if !yield(v, err) {
				return
			}
		}
	}
}

// tokenCounts ends a list of tokens: how many this answer has (with countOnly:
// how many there are), and how many there are before paging.
func tokenCounts(o httpx.Object, n, total int64) httpx.Object {
	return append(o, httpx.Member{Name: "licenseTokensCount", Value: n}, httpx.Member{Name: "totalLicenseTokensCount", Value: total})
}

func (t tokens) insert(ctx context.Context, r *tokenRequest) (*httpx.Object, error) {
	if !r.Body.Given {
		return nil, fault.Bad(tokenItem, "is missing")
	}
	v := &r.Body.Value
	if err := v.Validate(); err != nil {
		return nil, under(tokenItem, err)
	}
	token, err := t.books.InsertToken(ctx, r.ID, seat.Client{
		MachineID: v.MachineID, ClientID: v.ClientID, ClientName: v.ClientName, Address: v.Address,
	})
	if err != nil {
		return nil, under(tokenItem, err)
	}
	answer := tokenAnswer(token)
	return &answer, nil
}

func tokenAnswer(t *entity.LicenseToken) httpx.Object {
	return done(httpx.Member{Name: "licenseId", Value: t.LicenseID},
		httpx.Member{Name: "licenseTokenId", Value: t.ID}, httpx.Member{Name: "token", Value: t.Token})
}

func (t tokens) remove(ctx context.Context, r *tokenPath) (*httpx.Object, error) {
	if err := t.books.DeleteToken(ctx, r.LicenseID, r.TokenID); err != nil {
		return nil, err
	}
	answer := done()
	return &answer, nil
}
