package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
)

// openUnprepared is database/sql over a pool, for statements that have their
// values written in them. Each is another one: to prepare it would cost a second
// round trip, and push a statement of a seat call out of the few hundred that a
// connection keeps.
func openUnprepared(pool *pgxpool.Pool) *sql.DB {
	db := sql.OpenDB(unprepared{stdlib.GetPoolConnector(pool)})
	db.SetMaxIdleConns(0) // the pool has the idle ones
	return db
}

type unprepared struct{ driver.Connector }

func (u unprepared) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := u.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	pg, ok := conn.(*stdlib.Conn)
	if !ok {
		return nil, fmt.Errorf("%T where a connection to PostgreSQL belongs", conn)
	}
	return unpreparedConn{pg}, nil
}

type unpreparedConn struct{ *stdlib.Conn }

func (c unpreparedConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if len(args) == 0 {
		args = []driver.NamedValue{{Ordinal: 1, Value: pgx.QueryExecModeExec}}
	}
	return c.Conn.QueryContext(ctx, query, args)
}
