package query_test

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/query"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// engine is a database with the tables of licenses, and the filters' dialect.
type engine struct {
	*store.Store
	dialect query.Dialect
}

func engines(t *testing.T) []engine {
	found := []engine{
		{storetest.Open(t, storetest.URL(t, store.SQLite)), query.SQLite},
		{storetest.Open(t, storetest.URL(t, store.Postgres)), query.Postgres},
	}
	for _, e := range found {
		e.make(t)
	}
	return found
}
