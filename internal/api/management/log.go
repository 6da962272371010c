package management

import (
	"context"
	"fmt"
	"net/http"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/eventlog"
	"github.com/licet/licet/internal/httpx"
)

// logQuery are the parameters of a list of log entries.
type logQuery struct {
	listQuery
	logRange
}

// logRange is a span of time, both its ends included.
type logRange struct {
	StartDate entity.Time `query:"startDate" doc:"Entries from this time on; left out: from the oldest"`
	EndDate   entity.Time `query:"endDate" doc:"Entries up to this time, it included; left out: to the newest"`
}

func (r logRange) span() eventlog.Range { return eventlog.Range{From: r.StartDate, To: r.EndDate} }

type levelsQuery struct {
	logRange
	Intervals *int64 `query:"intervals" doc:"How many intervals the span is cut into at most, 1 to 1000; left out: 30"`
}

// logDeletion says which entries go: those that meet everything that is sent.
type logDeletion struct {
	logRange
	ID        *int64 `query:"id" doc:"The entry of this id"`
	Filter    string `query:"filter" doc:"Entries that this filter finds"`
	DeleteAll bool   `query:"deleteAll" doc:"Needed to delete all entries; beside other parameters it changes nothing"`
}

func logOperations(d Deps, r roles) []httpx.Operation {
	return []httpx.Operation{
		listOp("/v1/log", "logEntries", "List log entries", httpx.Roles(r.staff...), nil,
			func(ctx context.Context, q *logQuery) (*entity.List[entity.LogEntry], error) {
				page, err := q.page()
				if err != nil {
					return nil, err
				}
				return d.Log.List(ctx, q.span(), page)
			}),
		op(http.MethodGet, "/v1/log/levels", "Count log entries by time and level", httpx.Roles(r.staff...),
			func(ctx context.Context, q *levelsQuery) (*httpx.Object, error) {
				h, err := d.Log.Levels(ctx, q.span(), q.Intervals)
				if err != nil {
					return nil, err
				}
				answer := histogram(h)
				return &answer, nil
			}).WithResponseSchema(histogram(&eventlog.Histogram{})).
			WithDescription("groupBy is the length of an interval: Second, Minute, Hour, Day, Month or Year, the shortest that needs no more " +
				"intervals than asked for. They begin at whole units of UTC; those without entries are left out. " +
				"totalLogLevelEntriesCount is how many entries were counted."),
		op(http.MethodDelete, "/v1/log", "Delete log entries", httpx.Roles(r.admin...),
			func(ctx context.Context, q *logDeletion) (*httpx.Object, error) {
				n, err := d.Log.Delete(ctx, eventlog.Deletion{ID: q.ID, Filter: q.Filter, Range: q.span(), All: q.DeleteAll})
				if err != nil {
					return nil, err
				}
				answer := logDeleted(n)
				return &answer, nil
			}).WithResponseSchema(logDeleted(0)).
			WithDescription("Deletes the entries that meet all parameters. One of them is needed; deleteAll=true for all entries."),
	}
}

func histogram(h *eventlog.Histogram) httpx.Object {
	return done(httpx.Member{Name: "logLevels", Value: h.Levels},
		httpx.Member{Name: "groupBy", Value: h.Unit}, httpx.Member{Name: "totalLogLevelEntriesCount", Value: h.Total})
}

// logDeleted is spelled as printed, unlike every other answer.
func logDeleted(n int64) httpx.Object {
	return httpx.Object{
		{Name: "Success", Value: true},
		{Name: "Message", Value: fmt.Sprintf("A total of %d log entries have been deleted.", n)},
		{Name: "DeletedLogCount", Value: n},
	}
}
