package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
)

// Stmt is a hand-written SQLite statement, prepared once on one connection. It
// speaks to the driver itself: the bookkeeping of database/sql costs more than
// the statements of a seat do. One goroutine uses it at a time.
type Stmt struct {
	prepared interface {
		driver.Stmt
		driver.StmtExecContext
		driver.StmtQueryContext
	}
	args []driver.NamedValue
	row  []driver.Value
}

// Exec runs a statement that returns no rows.
func (s *Stmt) Exec(args ...any) (driver.Result, error) {
	if err := s.bind(args); err != nil {
		return nil, err
	}
	// Never a caller's context: to interrupt a statement undoes its neighbours.
	return s.prepared.ExecContext(context.Background(), s.args)
}

// Row runs a query and scans its first row; false when there is none.
func (s *Stmt) Row(args []any, dest ...any) (found bool, err error) {
	if err := s.bind(args); err != nil {
		return false, err
	}
	rows, err := s.prepared.QueryContext(context.Background(), s.args)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	if cap(s.row) < len(dest) {
		s.row = make([]driver.Value, len(dest))
	}
	s.row = s.row[:len(dest)]
	switch err := rows.Next(s.row); {
	case errors.Is(err, io.EOF):
		return false, nil
	case err != nil:
		return false, err
	}
	for i := range dest {
		if err := assign(dest[i], s.row[i]); err != nil {
			return false, fmt.Errorf("column %d: %w", i+1, err)
		}
	}
	return true, nil
}

func (s *Stmt) bind(args []any) error {
	s.args = s.args[:0]
	for i, arg := range args {
		value, err := valueOf(arg)
		if err != nil {
			return fmt.Errorf("parameter %d: %w", i+1, err)
		}
		s.args = append(s.args, driver.NamedValue{Ordinal: i + 1, Value: value})
	}
	return nil
}

func valueOf(arg any) (driver.Value, error) {
	switch v := arg.(type) {
	case nil, int64, string:
		return v, nil
	case int:
		return int64(v), nil
	case driver.Valuer:
		return v.Value()
	}
	return driver.DefaultParameterConverter.ConvertValue(arg)
}

func assign(dest any, value driver.Value) error {
	switch d := dest.(type) {
	case *int64:
		return assignTo(d, value)
	case *string:
		return assignTo(d, value)
	case *int:
		n, ok := value.(int64)
		if !ok {
			return fmt.Errorf("%T where an integer belongs", value)
		}
		*d = int(n)
		return nil
	case *bool:
		n, ok := value.(int64)
		if !ok {
			return fmt.Errorf("%T where a truth value belongs", value)
		}
		*d = n != 0
		return nil
	case *sql.NullInt64:
		*d = sql.NullInt64{}
		if value == nil {
			return nil
		}
		d.Valid = true
		return assignTo(&d.Int64, value)
	case *sql.NullString:
		*d = sql.NullString{}
		if value == nil {
			return nil
		}
		d.Valid = true
		return assignTo(&d.String, value)
	case sql.Scanner:
		return d.Scan(value)
	}
	return fmt.Errorf("cannot scan into a %T", dest)
}

func assignTo[T any](dest *T, value driver.Value) error {
	v, ok := value.(T)
	if !ok {
		return fmt.Errorf("%T where a %T belongs", value, *dest)
	}
	*dest = v
	return nil
}

// statements prepares each text once on one connection that is nobody else's.
type statements struct {
	conn  *sql.Conn
	byTxt map[string]*Stmt
}

func newStatements(conn *sql.Conn) *statements {
	return &statements{conn: conn, byTxt: make(map[string]*Stmt)}
}

func (s *statements) prepare(query string) (*Stmt, error) {
	if st, ok := s.byTxt[query]; ok {
		return st, nil
	}
	st := &Stmt{}
	err := s.conn.Raw(func(raw any) error {
		conn, ok := raw.(driver.ConnPrepareContext)
		if !ok {
			return fmt.Errorf("%T cannot prepare", raw)
		}
		prepared, err := conn.PrepareContext(context.Background(), query)
		if err != nil {
			return err
		}
		if st.prepared, ok = prepared.(interface {
			driver.Stmt
			driver.StmtExecContext
			driver.StmtQueryContext
		}); !ok {
			return errors.Join(fmt.Errorf("%T cannot run", prepared), prepared.Close())
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("prepare a statement: %w", err)
	}
	s.byTxt[query] = st
	return st, nil
}

// close lets go of the statements and the connection.
func (s *statements) close() error {
	var errs []error
	for _, st := range s.byTxt {
		errs = append(errs, st.prepared.Close())
	}
	return errors.Join(append(errs, s.conn.Close())...)
}
