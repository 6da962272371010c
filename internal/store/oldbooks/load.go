package oldbooks

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver named "pgx"

	"github.com/licet/licet/internal/store"
)

// Load puts the books into an empty database, which then has their schema.
func (b *Books) Load(ctx context.Context, url string) (err error) {
	engine, db, err := open(url)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := store.MigrateTo(ctx, engine, db, b.Schema); err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after the commit it does nothing
	for _, t := range b.Tables {
		if err := t.insert(ctx, tx, engine); err != nil {
			return fmt.Errorf("load %s of schema %d: %w", t.Name, b.Schema, err)
		}
	}
	return tx.Commit()
}

// LoadVersion loads the frozen books of a schema and returns them.
func LoadVersion(ctx context.Context, version int64, url string) (*Books, error) {
	b, err := Read(version)
	if err != nil {
		return nil, err
	}
	return b, b.Load(ctx, url)
}

// open opens a database as servers leave it, without migrating it.
func open(url string) (store.Engine, *sql.DB, error) {
	if file, ok := strings.CutPrefix(url, "sqlite:"); ok {
		db, err := sql.Open("sqlite", "file:"+file+"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=foreign_keys(1)")
		return store.SQLite, db, err
	}
	db, err := sql.Open("pgx", url)
	return store.Postgres, db, err
}

// insert replaces what a migration or a trigger has put into the table.
func (t *Table) insert(ctx context.Context, tx *sql.Tx, engine store.Engine) error {
	have, err := columnsOf(ctx, tx, t.Name)
	if err != nil {
		return err
	}
	for name := range have {
		if !slices.Contains(t.Columns, name) {
			return fmt.Errorf("the schema has a column %s, the books do not: has its migration been edited?", name)
		}
	}
	if _, err := tx.ExecContext(ctx, "DELETE FROM "+t.Name); err != nil {
		return err
	}
	marks := make([]string, len(t.Columns))
	for i := range marks {
		marks[i] = fmt.Sprintf("$%d", i+1)
	}
	query := fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", t.Name, strings.Join(t.Columns, ", "), strings.Join(marks, ", "))
	for _, row := range t.Rows {
		args := slices.Clone(row)
		for i, name := range t.Columns {
			if n, is := row[i].(int64); is && have[name] == "BOOL" {
				args[i] = n != 0
			}
		}
		if _, err := tx.ExecContext(ctx, query, args...); err != nil {
			return err
		}
	}
	if engine == store.SQLite {
		return nil // it goes on from the highest id by itself
	}
	var numbers bool
	err = tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM information_schema.columns
		WHERE table_name = $1 AND column_name = 'id' AND is_identity = 'YES')`, t.Name).Scan(&numbers)
	if err == nil && numbers {
		_, err = tx.ExecContext(ctx, fmt.Sprintf("SELECT setval(pg_get_serial_sequence('%[1]s', 'id'), MAX(id)) FROM %[1]s", t.Name))
	}
	return err
}

// querier is a database or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// columnsOf are the columns of a table with the driver's names of their types.
func columnsOf(ctx context.Context, q querier, table string) (map[string]string, error) {
	t, types, err := read(ctx, q, table, "WHERE FALSE")
	if err != nil {
		return nil, err
	}
	have := map[string]string{}
	for i, name := range t.Columns {
		have[name] = types[i]
	}
	return have, nil
}

// read reads a table, or what of it the rest of the query leaves.
func read(ctx context.Context, q querier, table, rest string) (*Table, []string, error) {
	rows, err := q.QueryContext(ctx, "SELECT * FROM "+table+" "+rest)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	kinds, err := rows.ColumnTypes()
	if err != nil {
		return nil, nil, err
	}
	t := &Table{Name: table}
	var types []string
	for _, k := range kinds {
		t.Columns, types = append(t.Columns, k.Name()), append(types, k.DatabaseTypeName())
	}
	for rows.Next() {
		row, into := make([]any, len(kinds)), make([]any, len(kinds))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, nil, err
		}
		for i, v := range row {
			if is, ok := v.(bool); ok {
				row[i] = int64(0)
				if is {
					row[i] = int64(1)
				}
			}
		}
		t.Rows = append(t.Rows, row)
	}
	return t, types, rows.Err()
}
