package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/licet/licet/internal/store"
)

// ListOptions say on which books lists are measured.
type ListOptions struct {
	Licet   []string // command that starts a server, to which flags are added
	Engines []store.Engine
	Sizes   []int  // licenses, and as many floating seats; the first is what others are compared with
	Rounds  int    // the fastest counts
	Dir     string // where the books are; empty: a temporary folder
}

// listed is what one size of the books has given.
type listed struct {
	start, killed time.Duration // until ready, after a stop and after a kill
	info          time.Duration // of /v1/info
	memory        int           // of the server after all pages, in MiB; 0 where the system does not tell
	page, total   map[string]time.Duration
}

// listPage is a list as a console asks for it. Where count is set the answer
// without rows is asked for too: what it takes is the total's share.
type listPage struct {
	path, filter, sort string
	broad              bool // its filter finds a part of all rows
}

func (p listPage) name() string {
	return strings.TrimSpace(p.path + "|" + p.filter + "|" + p.sort)
}

// listPages are what docs/query-language.md lists, each in the way that it is
// dearest, and some that it calls broad.
func listPages() []listPage {
	const licenses, tokens = "/v1/licenses", "/v1/license-tokens"
	pages := []listPage{
		{licenses, "customerId = 1", "", false}, {licenses, "customerId = 1", "createdAt desc", false}, {licenses, "customerId = 1", "expireDate", false},
		{licenses, "orderId = 1", "updatedAt desc", false}, {licenses, "revoked", "createdAt desc", false},
		{licenses, `userKey = "KEY-1000000500"`, "", false}, {licenses, `licenseId = "lic1000000500"`, "", false}, {licenses, `licenseeEmail = "p500@example.com"`, "", false},
		{licenses, `licenseeCompany = "Company 0"`, "licenseeName", false},
		{licenses, "templateId = 3", "", true}, {licenses, "templateId = 3", "createdAt desc", true}, {licenses, "templateId = 3", "expireDate", true},
		{licenses, `licenseType = "Trial"`, "createdAt desc", true}, {licenses, "not revoked and licensingMode = 2", "expireDate desc", true},
		{licenses, `not revoked and expireDate > "2026-12-31"`, "expireDate", true},
		{licenses, `licenseeEmail.Contains("77")`, "createdAt desc", true}, {licenses, `licenseeName.ToLower().Contains("person 12")`, "", true},
		{licenses, `Customer.Company = "Company 1"`, "", false}, {licenses, `Customer.Company = "Company 1"`, "createdAt desc", false},
		{licenses, `Customer.FirstName = "Ann"`, "createdAt desc", true}, {licenses, `Description.Contains("x")`, "", true},
		{tokens, `License.UserKey = "KEY-1000000001"`, "", false},
		{tokens, "licenseId = 1", "", false}, {tokens, "licenseId = 1", "issueDate desc", false}, {tokens, `machineId = "m500"`, "", false}, {tokens, `clientId = "c0"`, "issueDate", false},
		{"/v1/licenses/1/tokens", "", "issueDate desc", false}, {tokens, `clientName = "editor"`, "machineId", true}, {tokens, "", "expireDate", true}, {tokens, "", "issueDate desc", true},
		{"/v1/customers", `email = "c50@example.com"`, "", false}, {"/v1/orders", `status = "Open"`, "createdAt desc", true},
		{"/v1/license-traces", "licenseId = 1", "createdDate desc", false}, {"/v1/log", "", "timeStamp desc", false},
		{"/license-orders?product_template_ids=1", "", "", false},
		{"/license-orders?created_date_after=2026-06-01&created_date_before=2026-06-02", "", "", false},
		{"/license-orders?activation_key=key-100000", "", "", true}, {"/licenses", "", "", false},
		{"/licenses?expiration_date_after=2030-01-01&expiration_date_before=2030-01-02", "", "", true},
	}
	for path, sorts := range map[string][]string{
		licenses: {"", "id desc", "licenseId", "userKey desc", "customerId", "templateId", "orderId", "createdAt desc", "updatedAt desc", "issueDate",
			"expireDate", "supportExpireDate", "licenseType", "licenseeName", "licenseeCompany", "licenseeEmail desc"},
		tokens:          {"", "id desc", "machineId", "clientId", "token"},
		"/v1/customers": {"", "company", "lastName", "email desc", "code", "createdAt desc", "updatedAt"},
		"/v1/orders":    {"", "orderNumber desc", "createdAt desc", "updatedAt"}, "/v1/license-traces": {"createdDate desc"},
	} {
		for _, sort := range sorts {
			pages = append(pages, listPage{path, "", sort, false})
		}
	}
	slices.SortStableFunc(pages, func(a, b listPage) int { return strings.Compare(a.name(), b.name()) })
	return pages
}

// RunLists measures pages of fifty on books of each size and reports to out how
// the larger compare with the smallest.
func RunLists(ctx context.Context, o ListOptions, out io.Writer) error {
	for _, engine := range o.Engines {
		bySize := make([]listed, len(o.Sizes))
		for i, size := range o.Sizes {
			fmt.Fprintf(out, "%s: %d licenses\n", engine, size)
			var err error
			if bySize[i], err = listsAt(ctx, o, engine, size, out); err != nil {
				return fmt.Errorf("%s, %d licenses: %w", engine, size, err)
			}
		}
		writeLists(out, o, bySize)
	}
	return nil
}

func listsAt(ctx context.Context, o ListOptions, engine store.Engine, size int, out io.Writer) (l listed, err error) {
	t := &target{}
	defer func() { err = errors.Join(err, t.stop()) }()
	dir, err := os.MkdirTemp(o.Dir, "licet-lists-")
	if err != nil {
		return l, fmt.Errorf("make a folder: %w", err)
	}
	t.close = append(t.close, func() error { return os.RemoveAll(dir) })
	books, err := t.database(ctx, engine, dir)
	if err != nil {
		return l, err
	}
	began := time.Now()
	if err := fillLists(ctx, books, size, began); err != nil {
		return l, err
	}
	fmt.Fprintf(out, "%s: filled in %s\n", engine, time.Since(began).Round(time.Second))
	start := func() (time.Duration, error) {
		began := time.Now()
		if err := t.startLicet(ctx, Options{Licet: o.Licet}, dir, books); err != nil {
			return 0, err
		}
		err := t.get(ctx, "/readyz", nil)
		return time.Since(began), err
	}
	// The first start makes keys; what is measured is one with nothing to make.
	if _, err := start(); err != nil {
		return l, err
	}
	if err := t.licet.stop(); err != nil {
		return l, err
	}
	if l.start, err = start(); err != nil {
		return l, err
	}
	if err := l.measure(ctx, o, t); err != nil {
		return l, err
	}
	t.licet.kill() // which leaves the log of all these requests to be recovered
	l.killed, err = start()
	return l, err
}

// measure asks for everything in turn, as often as there are rounds, and once
// before to warm up.
func (l *listed) measure(ctx context.Context, o ListOptions, t *target) error {
	token, err := t.login(ctx)
	if err != nil {
		return err
	}
	l.page, l.total = map[string]time.Duration{}, map[string]time.Duration{}
	for _, p := range listPages() {
		if !strings.HasPrefix(p.path, "/v1/") {
			if l.page[p.name()], err = t.timed(ctx, o.Rounds, p.path, token); err != nil {
				return err
			}
			continue
		}
		q := url.Values{"filter": {p.filter}, "sort": {p.sort}}
		if l.page[p.name()], err = t.timed(ctx, o.Rounds, p.path+"?take=50&"+q.Encode(), ""); err != nil {
			return err
		}
		if l.total[p.name()], err = t.timed(ctx, o.Rounds, p.path+"?take=0&"+q.Encode(), ""); err != nil {
			return err
		}
	}
	l.memory = t.licet.memory()
	// Last: on PostgreSQL the figures of a million new licenses have been folded by then.
	l.info, err = t.timed(ctx, o.Rounds, "/v1/info", "")
	return err
}

// timed is the time of the fastest of some answers, without the first: what the
// books cost, and not what else the machine does. One that takes long is asked
// for less often.
func (t *target) timed(ctx context.Context, rounds int, path, token string) (time.Duration, error) {
	var took []time.Duration
	for began := time.Now(); len(took) <= rounds && (len(took) < 2 || time.Since(began) < 10*time.Second); {
		at := time.Now()
		if err := t.get(ctx, path, func(r *http.Request) {
			if token != "" {
				r.Header.Set("Authorization", "Bearer "+token)
			} else {
				r.Header.Set("x-api-key", apiKey)
			}
		}); err != nil {
			return 0, err
		}
		took = append(took, time.Since(at))
	}
	return slices.Min(took[1:]), nil
}

func (t *target) get(ctx context.Context, path string, with func(*http.Request)) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, t.licet.url+path, nil)
	if err != nil {
		return err
	}
	if with != nil {
		with(r)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return fmt.Errorf("ask for %s: %w", path, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		return fmt.Errorf("ask for %s: %s %.200s %w", path, resp.Status, body, err)
	}
	return nil
}

// login gets a token of the license orders' surface.
func (t *target) login(ctx context.Context) (string, error) {
	body := strings.NewReader(`{"username":"admin","password":"` + password + `"}`)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, t.licet.url+"/auth/tokens", body)
	if err != nil {
		return "", err
	}
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", fmt.Errorf("log in: %w", err)
	}
	defer resp.Body.Close()
	var got struct{ Token string }
	if err := json.NewDecoder(resp.Body).Decode(&got); err != nil || got.Token == "" {
		return "", fmt.Errorf("log in: %s %w", resp.Status, err)
	}
	return got.Token, nil
}

// memory is what the process has in memory, in MiB; 0 where the system does not
// tell.
func (p *process) memory() int {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(p.cmd.Process.Pid), "status"))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), "VmRSS:")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	kib, _ := strconv.Atoi(fields[0])
	return kib / 1024
}

func writeLists(out io.Writer, o ListOptions, bySize []listed) {
	w := tabwriter.NewWriter(out, 0, 0, 1, ' ', 0)
	defer w.Flush()
	ms := func(d time.Duration) string { return strconv.FormatFloat(float64(d.Microseconds())/1000, 'f', 1, 64) }
	small := bySize[0]
	fmt.Fprintf(w, "| list | filter | sort | ms at %d |", o.Sizes[0])
	for _, size := range o.Sizes[1:] {
		fmt.Fprintf(w, " ms at %d | of it the total | ratio | ratio of the page |", size)
	}
	fmt.Fprintln(w)
	for _, p := range listPages() {
		name := p.name()
		mark := ""
		if p.broad {
			mark = " (broad)"
		}
		fmt.Fprintf(w, "| %s | %s%s | %s | %s |", p.path, p.filter, mark, p.sort, ms(small.page[name]))
		for _, l := range bySize[1:] {
			whole, total := l.page[name], l.total[name]
			fmt.Fprintf(w, " %s | %s | %.1f | %.1f |", ms(whole), ms(total), float64(whole)/float64(small.page[name]), float64(whole-total)/float64(small.page[name]))
		}
		fmt.Fprintln(w)
	}
	for i, l := range bySize {
		fmt.Fprintf(w, "%d licenses: ready after %s ms, %s after a kill, /v1/info %s ms, %d MiB in memory\n", o.Sizes[i], ms(l.start), ms(l.killed), ms(l.info), l.memory)
	}
}
