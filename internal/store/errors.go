package store

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/licet/licet/internal/fault"
)

// What the books refuse, told by the drivers' codes.
var (
	// ErrDuplicate is a row that must be unique and is not.
	ErrDuplicate = errors.New("already exists")
	// ErrReference is a row that refers to one that is not there, or the
	// deletion of one that is still referred to.
	ErrReference = errors.New("refers to, or is referred to by, another row")
	// ErrCheck is a row with a value that its column does not admit.
	ErrCheck = errors.New("a value is not admitted")
	// ErrNoRow is a row that is not there.
	ErrNoRow = errors.New("no such row")
)

// Missing turns ErrNoRow into the fault that the row a caller named is not there.
func Missing(err error, kind string, id int64) error {
	if errors.Is(err, ErrNoRow) {
		return fault.New(fault.NotFound, "there is no %s %d", kind, id)
	}
	return err
}

// Normalise gives an error of either driver the one form that services know:
// ErrDuplicate, ErrReference, ErrCheck, ErrNoRow, a fault of kind Unavailable when the
// books cannot be reached or written, or the error as it is.
func Normalise(err error) error {
	switch {
	case err == nil, fault.Of(err) != nil, errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, sql.ErrNoRows), errors.Is(err, pgx.ErrNoRows):
		return ErrNoRow
	}
	if kind := kindOf(err); kind != nil {
		return errors.Join(kind, err)
	}
	return err
}

func kindOf(err error) error {
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		return kindOfSQLite(lite.Code())
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return kindOfPostgres(pg.Code)
	}
	var connect *pgconn.ConnectError
	var network net.Error
	if errors.As(err, &connect) || errors.As(err, &network) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, io.EOF) || errors.Is(err, sql.ErrConnDone) || errors.Is(err, net.ErrClosed) {
		return unavailable()
	}
	return nil
}

func kindOfSQLite(code int) error {
	switch code {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		return ErrDuplicate
	case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
		return ErrReference
	case sqlite3.SQLITE_CONSTRAINT_CHECK, sqlite3.SQLITE_CONSTRAINT_NOTNULL, sqlite3.SQLITE_CONSTRAINT_DATATYPE:
		return ErrCheck
	}
	if sinksCode(code) || code&0xff == sqlite3.SQLITE_BUSY || code&0xff == sqlite3.SQLITE_LOCKED {
		return unavailable()
	}
	return nil
}

func kindOfPostgres(code string) error {
	switch {
	case code == "23505":
		return ErrDuplicate
	case code == "23503":
		return ErrReference
	case code == "23502", code == "23514":
		return ErrCheck
	case code == "25006", // read-only: a standby, before or after a failover
		strings.HasPrefix(code, "08"),  // connection
		strings.HasPrefix(code, "53"),  // out of disk, memory, connections
		strings.HasPrefix(code, "57P"), // being shut down or starting
		strings.HasPrefix(code, "58"),  // I/O
		code == "40001", code == "40P01", code == "55P03":
		return unavailable()
	}
	return nil
}

func unavailable() *fault.Error {
	return fault.New(fault.Unavailable, "the books cannot be reached or written now; try again")
}

// sinks says whether err may have undone more than the command that hit it:
// after these SQLite rolls the whole transaction back by itself, or may.
func sinks(err error) bool {
	var lite *sqlite.Error
	return errors.As(err, &lite) && sinksCode(lite.Code())
}

func sinksCode(code int) bool {
	switch code & 0xff {
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_INTERRUPT,
		sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN:
		return true
	}
	return false
}
