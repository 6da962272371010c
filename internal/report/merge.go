package report

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"strings"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/store"
)

// maxDepth is how deep counters are looked for.
const maxDepth = 16

// maxCount is where a counter stops: the largest whole number that every reader
// of JSON has.
const maxCount = 1<<53 - 1

// merges says whether content is added up: a JSON object.
func merges(contentType, content string) bool {
	media, _, err := mime.ParseMediaType(contentType)
	if contentType != "" && (err != nil || media != "application/json" && media != "text/json") {
		return false
	}
	_, ok := object(content)
	return ok
}

// object reads a JSON object, numbers as they are written.
func object(content string) (map[string]any, bool) {
	d := json.NewDecoder(strings.NewReader(content))
	d.UseNumber()
	var o map[string]any
	if err := d.Decode(&o); err != nil || o == nil {
		return nil, false
	}
	_, err := d.Token()
	return o, errors.Is(err, io.EOF)
}

// sum adds what a report says to what is known: objects member by member,
// counters as numbers. Everything else is replaced by what is new.
func sum(known, news map[string]any, depth int) map[string]any {
	for name, v := range news {
		known[name] = sumOf(known[name], v, depth)
	}
	return known
}

func sumOf(known, news any, depth int) any {
	switch n := news.(type) {
	case map[string]any:
		if k, ok := known.(map[string]any); ok && depth < maxDepth {
			return sum(k, n, depth+1)
		}
	case json.Number:
		k, isCounter := counter(known)
		if add, ok := counter(n); ok && isCounter {
			return min(k+add, maxCount)
		}
	}
	return news
}

// counter is a whole number from 0 to maxCount.
func counter(v any) (int64, bool) {
	text, ok := v.(json.Number)
	if !ok {
		return 0, false
	}
	n, err := text.Int64()
	return n, err == nil && n >= 0 && n <= maxCount
}

// addTries bounds how often a merge begins again because the row that it found, or
// met when it inserted its own, was deleted meanwhile.
const addTries = 8

// add merges a report into the row of its application, or makes that row. The row
// is locked while its content is changed, so that no count is lost.
func add(ctx context.Context, tx *store.Tx, r entity.Report) (*entity.Report, error) {
	for range addTries {
		known, err := lockKnown(ctx, tx, &r)
		if err == nil {
			return mergeInto(ctx, tx, known, r)
		}
		if !errors.Is(err, store.ErrNoRow) {
			return nil, err
		}
		row := r
		// Whoever inserts the same row at the same time is waited for.
		res, err := tx.NewInsert().Model(&row).On("CONFLICT DO NOTHING").Exec(ctx)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return nil, fmt.Errorf("insert a report: %w", err)
		}
		if err == nil {
			if n, err := res.RowsAffected(); err != nil {
				return nil, err
			} else if n == 1 {
				return &row, setProperties(ctx, tx, &row)
			}
		}
	}
	return nil, fault.New(fault.Unavailable, "the report is being changed; try again")
}

// lockKnown finds and locks the row that r is added to; ErrNoRow when there is
// none.
func lockKnown(ctx context.Context, tx *store.Tx, r *entity.Report) (*entity.Report, error) {
	var id int64
	err := tx.NewSelect().Model((*entity.Report)(nil)).Column("id").Where("merges").
		Where("user_key = ?", r.UserKey).Where("machine_id = ?", r.MachineID).
		Where("client_id = ?", r.ClientID).Where("version = ?", r.Version).Scan(ctx, &id)
	if err != nil {
		return nil, fmt.Errorf("find a report: %w", store.Normalise(err))
	}
	return store.Lock[entity.Report](ctx, tx, id)
}

// encode writes merged content. Names of counters add up too, so its size is
// judged again.
func encode(content map[string]any) (string, error) {
	var b strings.Builder
	j := json.NewEncoder(&b)
	j.SetEscapeHTML(false)
	if err := j.Encode(content); err != nil {
		return "", fmt.Errorf("encode a report: %w", err)
	}
	text := strings.TrimSuffix(b.String(), "\n")
	if len(text) > entity.MaxReportContent {
		f := fault.New(fault.TooLarge, "the reports of this application have more than %d bytes together", entity.MaxReportContent)
		f.Field = "content"
		return "", f
	}
	return text, nil
}

func mergeInto(ctx context.Context, tx *store.Tx, known *entity.Report, r entity.Report) (*entity.Report, error) {
	old, readable := object(known.Content)
	news, _ := object(r.Content)
	if !readable {
		old = map[string]any{}
	}
	text, err := encode(sum(old, news, 1))
	if err != nil {
		return nil, err
	}
	known.Content, known.ContentType, known.ClientName, known.Address = text, r.ContentType, r.ClientName, r.Address
	if known.Date.Std().Before(r.Date.Std()) {
		known.Date = r.Date
	}
	if _, err := tx.NewUpdate().Model(known).WherePK().Exec(ctx); err != nil {
		return nil, fmt.Errorf("update report %d: %w", known.ID, err)
	}
	if len(r.Properties) == 0 {
		return known, nil
	}
	if _, err := tx.NewDelete().Model((*entity.ReportProperty)(nil)).Where("report_id = ?", known.ID).Exec(ctx); err != nil {
		return nil, fmt.Errorf("replace the properties of report %d: %w", known.ID, err)
	}
	known.Properties = r.Properties
	return known, setProperties(ctx, tx, known)
}
