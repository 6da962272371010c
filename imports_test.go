package licet_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/licet/licet/"

// mayImport says which of our packages each package may import. A package that
// is not here must be added, with thought: this table is the architecture.
func mayImport() map[string]string {
	return map[string]string{
		"client": "",

		"internal/clock":         "",
		"internal/fault":         "",
		"internal/entity":        "fault",
		"internal/keyformat":     "fault",
		"internal/query":         "entity fault",
		"internal/settings":      "keyformat",
		"internal/config":        "keyformat settings",
		"internal/hostid":        "fault",
		"internal/document":      "entity fault hostid document/keys",
		"internal/document/keys": "entity fault",

		"internal/store":    "entity fault query",
		"internal/durable":  "",
		"internal/vault":    "durable store fault",
		"internal/backup":   "clock durable store vault",
		"internal/journal":  "store clock entity fault",
		"internal/throttle": "clock fault",
		"internal/tuning":   "clock entity fault journal settings store vault",

		"internal/identity": "clock entity fault journal keyformat settings store throttle vault",
		"internal/seat":     "clock entity fault keyformat settings store",
		"internal/issuing":  "clock document document/keys entity fault hostid journal keyformat seat settings store vault",
		"internal/mail":     "clock entity fault journal settings store",
		"internal/books":    "clock entity fault identity journal keyformat seat settings store",

		"internal/order":    "books clock entity fault hostid issuing journal seat settings store",
		"internal/instance": "clock entity fault journal store",
		"internal/org":      "clock entity fault journal keyformat store",
		"internal/transfer": "durable entity seat store vault",
		"internal/eventlog": "clock entity fault journal settings store",
		"internal/report":   "clock entity fault journal store",

		"internal/httpx":          "entity fault",
		"internal/api/licensing":  "entity fault httpx seat",
		"internal/api/management": "books clock entity eventlog fault httpx identity issuing journal mail org report seat settings tuning",

		"internal/api/activation": "entity fault hostid httpx order",
		"internal/api/orders":     "entity fault hostid httpx identity journal order",

		"internal/api/instances": "entity fault httpx instance journal",

		"internal/activatepage": "entity fault hostid httpx order",

		"internal/api/organizations": "entity fault httpx identity journal keyformat org",

		"internal/demo":    "../client",
		"internal/samples": "books entity fault issuing",
		"internal/app": "activatepage api/activation api/instances api/licensing api/management api/orders api/organizations books clock config entity eventlog httpx identity " +
			"instance issuing mail order org report samples seat " +
			"settings store throttle transfer tuning vault",
		"internal/bench":  "entity store store/pgcluster",
		"cmd/licet":       "app backup config demo document document/keys entity identity issuing transfer",
		"cmd/licet-bench": "bench store",

		"internal/app/apptest":         "app clock config document/keys entity ../client",
		"internal/proof":               "app/apptest entity store ../client",
		"internal/httpx/httpxtest":     "",
		"internal/mail/mailtest":       "settings",
		"internal/store/pgcluster":     "",
		"internal/store/storetest":     "store store/pgcluster",
		"internal/store/oldbooks":      "store",
		"internal/issuing/issuingtest": "clock entity issuing settings store vault",
	}
}

// forbidden are packages of others that whole layers must not see.
func forbidden(dir string) []string {
	switch {
	case strings.HasPrefix(dir, "internal/api/"):
		return []string{"database/sql", "github.com/uptrace/bun", "github.com/jackc/pgx/v5"}
	case dir == "internal/entity", dir == "internal/document", dir == "internal/hostid":
		return []string{"database/sql", "net/http", "github.com/uptrace/bun"}
	case dir == "internal/activatepage", dir == "internal/httpx", dir == "internal/app", dir == "client", dir == "internal/demo",
		dir == "internal/proof", dir == "internal/bench", strings.HasSuffix(dir, "test"):
		return nil
	}
	return []string{"net/http"}
}

func TestImportRules(t *testing.T) {
	t.Parallel()
	table, seen := mayImport(), map[string]bool{}
	err := filepath.WalkDir(".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return err
		}
		dir := path.Dir(filepath.ToSlash(file))
		allowed, known := table[dir]
		if !known {
			t.Errorf("%s: the package is not in the table of import rules", dir)
			return nil
		}
		seen[dir] = true
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range parsed.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if ours, is := strings.CutPrefix(name, module); is && !permits(allowed, ours) {
				t.Errorf("%s imports %s", file, ours)
			}
			for _, no := range forbidden(dir) {
				// Below a module counts too; below a standard package is another thing.
				if name == no || strings.Contains(no, ".") && strings.HasPrefix(name, no+"/") {
					t.Errorf("%s imports %s", file, name)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for dir := range table {
		if !seen[dir] {
			t.Errorf("%s: in the table of import rules but not there", dir)
		}
	}
}

// permits reads a line of the table: names below internal/, or with ../ below
// the root.
func permits(allowed, pkg string) bool {
	return slices.ContainsFunc(strings.Fields(allowed), func(name string) bool {
		return path.Join("internal", name) == pkg
	})
}
