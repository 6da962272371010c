package management

import (
	"context"
	"fmt"
	"net/http"

	"github.com/licet/licet/internal/books"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/httpx"
)

// traceQuery are the parameters of a list of traces.
type traceQuery struct {
	listQuery
	LicenseID *int64 `query:"licenseId" doc:"Only the traces of this license"`
}

// traceDeletion says which traces go: those that meet everything that is sent. An
// id of 0 is none.
type traceDeletion struct {
	TraceID   *int64 `json:"traceId"`
	LicenseID *int64 `json:"licenseId"`
	Filter    string `json:"filter"`
}

func traceOperations(d Deps, r roles) []httpx.Operation {
	return []httpx.Operation{
		listOp("/v1/license-traces", "licenseTraces", "List license traces", httpx.Roles(r.keepers...), nil,
			func(ctx context.Context, q *traceQuery) (*entity.List[entity.LicenseTrace], error) {
				page, err := q.page()
				if err != nil {
					return nil, err
				}
				return d.Books.Traces(ctx, q.LicenseID, page)
			}),
		op(http.MethodDelete, "/v1/license-traces", "Delete license traces", httpx.Roles(r.keepers...),
			func(ctx context.Context, q *traceDeletion) (*status, error) {
				n, err := d.Books.DeleteTraces(ctx, books.TraceFilter{ID: entity.OrNone(q.TraceID), LicenseID: entity.OrNone(q.LicenseID), Filter: q.Filter})
				if err != nil {
					return nil, err
				}
				return &status{Success: true, Message: fmt.Sprintf("A total of %d license traces have been deleted.", n)}, nil
			}).WithDescription("Deletes the traces that meet all members of the body. One of them is needed."),
	}
}
