package journal

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/store"
)

// Actor is who makes changes. The zero value is the server itself.
type Actor struct {
	UserID    string
	KeyID     int64 // the API key used; 0: none
	Address   string
	RequestID string
}

type actorKey struct{}

// WithActor makes a the actor of the changes made with the context.
func WithActor(ctx context.Context, a Actor) context.Context {
	return context.WithValue(ctx, actorKey{}, a)
}

// WithUser is the actor of ctx as a user who has only now become known.
func WithUser(ctx context.Context, userID string) context.Context {
	a := actorOf(ctx)
	a.UserID = userID
	return WithActor(ctx, a)
}

func actorOf(ctx context.Context) Actor {
	a, _ := ctx.Value(actorKey{}).(Actor)
	return a
}

// Action is what was done to a row.
type Action string

// The actions.
const (
	Insert Action = "insert"
	Update Action = "update"
	Delete Action = "delete"
)

// Entry is one change.
type Entry struct {
	At       time.Time
	Action   Action
	Entity   string // the kind of row, as the management page names it: "license"
	EntityID string
	Details  string // for people; never a secret
}

// ID is an EntityID of a numbered row.
func ID(id int64) string { return strconv.FormatInt(id, 10) }

// Write runs change in a transaction and records its entry in the same one. As
// with store.Write, change must use only tx and may run more than once.
func Write(ctx context.Context, st *store.Store, change func(ctx context.Context, tx *store.Tx) (Entry, error)) error {
	actor := actorOf(ctx)
	return st.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		ctx = WithActor(ctx, actor) // a write does not inherit its caller's context
		e, err := change(ctx, tx)
		if err != nil {
			return err
		}
		return Record(ctx, tx, e)
	})
}

// row is an entry as the books keep it.
type row struct {
	ID        int64       `bun:"id,pk,autoincrement"`
	At        entity.Time `bun:"at"`
	UserID    string      `bun:"user_id"`
	APIKeyID  int64       `bun:"api_key_id"`
	Address   string      `bun:"address"`
	RequestID string      `bun:"request_id"`
	Action    Action      `bun:"action"`
	Entity    string      `bun:"entity"`
	EntityID  string      `bun:"entity_id"`
	Details   string      `bun:"details"`
}

// maxDetails bounds what an entry says, in bytes: names of members come from
// callers.
const maxDetails = 1024

// Record writes an entry in the transaction of the change. The actor is taken
// from the context, which inside store.Write is not the caller's: prefer Write.
func Record(ctx context.Context, tx *store.Tx, e Entry) error {
	a := actorOf(ctx)
	if len(e.Details) > maxDetails {
		e.Details = strings.ToValidUTF8(e.Details[:maxDetails], "") + "…"
	}
	_, err := tx.NewInsert().ModelTableExpr("audit_entries").Model(&row{
		At: entity.TimeOf(e.At), UserID: a.UserID, APIKeyID: a.KeyID, Address: a.Address, RequestID: a.RequestID,
		Action: e.Action, Entity: e.Entity, EntityID: e.EntityID, Details: e.Details,
	}).Exec(ctx)
	if err != nil {
		return fmt.Errorf("write the audit entry: %w", err)
	}
	return nil
}
