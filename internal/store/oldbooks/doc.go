// Package oldbooks keeps books as programs of every earlier schema left them, and
// loads them into databases of that schema, so that tests can bring them to the
// newest. Only tests import it.
//
// books/NNNNN.jsonl are the books of schema N, for both engines: a first line with
// the SHA-256 of that schema's migrations, then of each table a line with its
// columns and primary key and a line for each row; {"hex": …} are bytes, 0 and 1
// are also true and false. The server key of all is "ab" 32 times, the
// administrator's API key apptest.AdminKey.
//
// Frozen books are never written again: they are what is out there. A migration
// whose books are frozen is not edited any more, not even its comments; another
// one is added. Every schema but the newest must have its books, so a new
// migration is followed by
//
//	make freeze
//
// which makes the books that are missing: those of the schema before, migrated,
// with a full and a bare row in each new table and a value in each new column. What
// cannot be just any value (a CHECK, an enumeration, JSON) gets a line in values.go.
// Better are books that a server of that schema has worked on:
//
//	LICET_FREEZE=10 LICET_FREEZE_FROM=/path/to/licet.db go test ./internal/store/oldbooks -run TestFreeze
//
// Schemas 1, 2, 3, 8 and 9 were frozen so, by the programs of their time; no program
// ever worked on 4 to 7 alone. A migration that changes a value or drops a column on purpose says so in changes.go.
package oldbooks
