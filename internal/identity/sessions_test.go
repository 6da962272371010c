package identity

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/keyformat"
	"github.com/licet/licet/internal/store"
)

func (h *house) login(name, password string) *Session {
	h.Helper()
	s, err := h.Login(h.Context(), LoginSessions(30*time.Minute), Login{UserName: name, Password: password, Network: "10.0.0.1"})
	if err != nil {
		h.Fatalf("log in as %s: %v", name, err)
	}
	return s
}

// bearer asks a node who has the login token.
func (h *house) bearer(node *Service, token string) (Principal, error) {
	p, err := node.Authenticate(h.Context(), Credential{Bearer: token})
	if err != nil && !fault.IsKind(err, fault.Unauthenticated) {
		h.Errorf("not a refusal: %v", err)
	}
	return p, err
}

func (h *house) alive(token string) bool {
	_, err := h.bearer(h.Service, token)
	return err == nil
}

func TestALoginHasEveryPermissionOfItsRoles(t *testing.T) {
	t.Parallel()
	each(t, func(h *house) {
		id := h.add("Ann", goodPassword, entity.Sales, entity.LicenseManager)
		h.clock.Advance(time.Minute)
		s := h.login("aNN", goodPassword)
		now := start.Add(time.Minute)
		if !regexp.MustCompile(`^ses_[a-z0-9]{26}$`).MatchString(s.Token) || !s.ExpireAt.Equal(entity.TimeOf(now.Add(30*time.Minute))) ||
			!s.EndAt.Equal(entity.TimeOf(now.Add(12*time.Hour))) || s.UserID != id || !slices.Equal(s.Roles, []entity.Role{entity.LicenseManager, entity.Sales}) {
			h.Errorf("%+v", s)
		}
		for range 2 { // from the books, then from the cache
			p, err := h.bearer(h.Service, s.Token)
			if err != nil || p.UserID != id || p.Permissions != entity.AllPermissions || p.KeyID != 0 || p.SessionID != s.ID || !slices.Equal(p.Roles, s.Roles) {
				h.Errorf("%+v, %v", p, err)
			}
		}
		if u := h.users()["Ann"]; !u.LastLogIn.Equal(entity.TimeOf(now)) || !u.UpdatedAt.Equal(entity.TimeOf(start)) {
			h.Errorf("last log in %s, updated %s", u.LastLogIn, u.UpdatedAt)
		}
		if h.admitted(h.Service, Credential{APIKey: s.Token}) {
			h.Error("a login token counts as an API key")
		}
		var rows []sessionRow
		if err := h.store.Read().NewRaw("SELECT * FROM sessions").Scan(h.Context(), &rows); err != nil || len(rows) != 1 || len(rows[0].TokenHash) != 32 {
			h.Errorf("%+v, %v", rows, err)
		}
	})
}

func TestWhatALoginRefuses(t *testing.T) {
	t.Parallel()
	each(t, func(h *house) {
		h.add("ann", goodPassword)
		h.add("keyed", "")
		for i, c := range []struct {
			name, password string
			kind           fault.Kind
		}{
			{"ann", goodPassword + " ", fault.Unauthenticated}, {"ann", strings.ToUpper(goodPassword), fault.Unauthenticated},
			{"nobody", goodPassword, fault.Unauthenticated}, {"keyed", goodPassword, fault.Unauthenticated}, {"keyed", "", fault.Invalid},
			{"", goodPassword, fault.Invalid}, {strings.Repeat("n", 257), goodPassword, fault.Invalid}, {"ann", strings.Repeat("p", 1025), fault.Invalid},
			{"ann' OR '1'='1", goodPassword, fault.Unauthenticated}, {"%", goodPassword, fault.Unauthenticated},
		} {
			_, err := h.Login(h.Context(), LoginSessions(30*time.Minute), Login{UserName: c.name, Password: c.password, Network: fmt.Sprint(i)})
			if f := fault.Of(err); f == nil || f.Kind != c.kind || c.kind == fault.Unauthenticated && f.Message != "the user name or the password is wrong" {
				h.Errorf("%q: %v", c.name, err)
			}
		}
		if n, err := h.store.Read().NewSelect().TableExpr("sessions").Count(h.Context()); err != nil || n != 0 {
			h.Errorf("%d sessions, %v", n, err)
		}
	})
}

func TestTokensEnd(t *testing.T) {
	t.Parallel()
	each(t, func(h *house) {
		there := h.node(h.store)
		s := h.login(h.admins())
		other := h.login(h.admins())
		h.clock.Advance(30*time.Minute - time.Microsecond)
		if !h.alive(s.Token) {
			h.Error("ends too early")
		}
		h.clock.Advance(time.Microsecond)
		if h.alive(s.Token) {
			h.Error("lives too long, in the cache")
		}
		if _, err := h.bearer(there, s.Token); err == nil {
			h.Error("lives too long, in the books")
		}
		if _, err := h.Renew(h.Context(), LoginSessions(30*time.Minute), Principal{UserID: s.UserID, SessionID: s.ID}); !fault.IsKind(err, fault.Unauthenticated) {
			h.Errorf("renewed after its end: %v", err)
		}
		// The next login sweeps.
		last := h.login(h.admins())
		var ids []int64
		if err := h.store.Read().NewRaw("SELECT id FROM sessions").Scan(h.Context(), &ids); err != nil || !slices.Equal(ids, []int64{last.ID}) {
			h.Errorf("sessions %v are left of %d, %d and %d; %v", ids, s.ID, other.ID, last.ID, err)
		}
		for _, token := range []string{"ses_", "ses_00000000000000000000000000", strings.ToUpper(last.Token), last.Token + "a", "ses_" + strings.Repeat("a", 1<<16)} {
			if h.alive(token) {
				h.Errorf("%.40q is let in", token)
			}
		}
	})
}

// admins are the name and the password of a user who is there for logins.
func (h *house) admins() (name, password string) {
	if _, ok := h.users()["root"]; !ok {
		h.add("root", goodPassword, entity.Administrator)
	}
	return "root", goodPassword
}

func TestRenewalGivesAnotherTokenUntilTheEnd(t *testing.T) {
	t.Parallel()
	each(t, func(h *house) {
		s := h.login(h.admins())
		end := s.EndAt
		for range 100 {
			p, err := h.bearer(h.Service, s.Token)
			if err != nil {
				break
			}
			next, err := h.Renew(h.Context(), LoginSessions(30*time.Minute), p)
			if err != nil {
				h.Fatal(err)
			}
			if h.alive(s.Token) || !h.alive(next.Token) || next.Token == s.Token || !next.EndAt.Equal(end) || next.ExpireAt.Std().After(end.Std()) {
				h.Fatalf("old alive %v, new alive %v, %+v", h.alive(s.Token), h.alive(next.Token), next)
			}
			s = next
			h.clock.Advance(20 * time.Minute)
		}
		if now := h.clock.Read().Wall; h.alive(s.Token) || now.Before(end.Std()) || now.After(end.Std().Add(20*time.Minute)) {
			h.Errorf("alive %v at %s, the session was to end at %s", h.alive(s.Token), now, end)
		}
		if _, err := h.Renew(h.Context(), LoginSessions(30*time.Minute), h.admin); !fault.IsKind(err, fault.Invalid) {
			h.Errorf("an API key was renewed: %v", err)
		}
	})
}

func TestOfManyRenewalsOneIsDone(t *testing.T) {
	t.Parallel()
	each(t, func(h *house) {
		s := h.login(h.admins())
		p, err := h.bearer(h.Service, s.Token)
		if err != nil {
			h.Fatal(err)
		}
		var won atomic.Int64
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if _, err := h.Renew(h.Context(), LoginSessions(30*time.Minute), p); err == nil {
					won.Add(1)
				} else if !fault.IsKind(err, fault.Unauthenticated) {
					h.Errorf("%v", err)
				}
			})
		}
		wg.Wait()
		if won.Load() != 1 {
			h.Errorf("%d renewals of one token", won.Load())
		}
	})
}

func TestLogoutEndsOneSession(t *testing.T) {
	t.Parallel()
	each(t, func(h *house) {
		there := h.node(h.store)
		s, other := h.login(h.admins()), h.login(h.admins())
		p, err := h.bearer(there, s.Token)
		if err != nil || !h.alive(s.Token) {
			h.Fatal(err)
		}
		if err := h.Logout(h.Context(), p); err != nil {
			h.Fatal(err)
		}
		if h.alive(s.Token) || !h.alive(other.Token) {
			h.Errorf("its own is alive: %v, another: %v", h.alive(s.Token), h.alive(other.Token))
		}
		h.clock.Advance(cacheFor)
		if _, err := h.bearer(there, s.Token); err == nil {
			h.Error("another node admits after five seconds")
		}
		if err := h.Logout(h.Context(), h.admin); !fault.IsKind(err, fault.Invalid) {
			h.Errorf("an API key logged out: %v", err)
		}
	})
}

func TestANewPasswordEndsTheSessions(t *testing.T) {
	t.Parallel()
	each(t, func(h *house) {
		id := h.add("ann", goodPassword, entity.Administrator)
		s, other := h.login("ann", goodPassword), h.login(h.admins())
		p, err := h.bearer(h.Service, s.Token)
		if err != nil {
			h.Fatal(err)
		}
		sent := fmt.Sprintf(`{"id":%q}`, id)
		if err := h.change(p, sent, "", "another password"); !fault.IsKind(err, fault.Forbidden) {
			h.Errorf("one's own without the current one: %v", err)
		}
		if err := h.change(h.admin, sent, "wrong password", "another password"); !fault.IsKind(err, fault.Forbidden) {
			h.Errorf("another's with a wrong current one: %v", err)
		}
		if err := h.change(p, sent, goodPassword, "short"); fault.Of(err) == nil || fault.Of(err).Field != "newPassword" {
			h.Errorf("a short one: %v", err)
		}
		if err := h.change(h.admin, sent, "", ""); err != nil || !h.alive(s.Token) {
			h.Errorf("a change without a password ended the session: %v", err)
		}
		if err := h.change(p, sent, goodPassword, "another password"); err != nil {
			h.Fatal(err)
		}
		if h.alive(s.Token) || !h.alive(other.Token) {
			h.Errorf("its own is alive: %v, another's: %v", h.alive(s.Token), h.alive(other.Token))
		}
		if _, err := h.Login(h.Context(), LoginSessions(30*time.Minute), Login{UserName: "ann", Password: goodPassword, Network: "x"}); !fault.IsKind(err, fault.Unauthenticated) {
			h.Errorf("the old password: %v", err)
		}
		h.login("ann", "another password")
		if err := h.change(h.admin, sent, "", "a third password"); err != nil {
			h.Errorf("by another administrator: %v", err)
		}
		h.login("ann", "a third password")
	})
}

// Logins and renewals race a change of the password: when it is done, no
// session of before is left, whatever came between.
func TestNoSessionSurvivesANewPassword(t *testing.T) {
	t.Parallel()
	each(t, func(h *house) {
		id := h.add("ann", goodPassword, entity.Sales)
		password := goodPassword
		for round := range 4 {
			first := h.login("ann", password)
			p, err := h.bearer(h.Service, first.Token)
			if err != nil {
				h.Fatal(err)
			}
			var mu sync.Mutex
			tokens := []string{first.Token}
			keep := func(s *Session, err error) {
				if err != nil {
					if !fault.IsKind(err, fault.Unauthenticated) {
						h.Errorf("%v", err)
					}
					return
				}
				mu.Lock()
				tokens = append(tokens, s.Token)
				mu.Unlock()
			}
			next := fmt.Sprintf("password number %d", round)
			var wg sync.WaitGroup
			for i := range 3 {
				wg.Go(func() {
					keep(h.Login(h.Context(), LoginSessions(30*time.Minute), Login{UserName: "ann", Password: password, Network: fmt.Sprint(round, i)}))
				})
			}
			wg.Go(func() { keep(h.Renew(h.Context(), LoginSessions(30*time.Minute), p)) })
			wg.Go(func() {
				if err := h.change(h.admin, fmt.Sprintf(`{"id":%q,"userName":"ann"}`, id), "", next); err != nil {
					h.Errorf("%v", err)
				}
			})
			wg.Wait()
			password = next
			for _, token := range tokens {
				if h.alive(token) {
					h.Error("a session of the old password is alive")
				}
			}
		}
	})
}

func TestAHundredLoginsAtOnce(t *testing.T) {
	t.Parallel()
	each(t, func(h *house) {
		name, password := h.admins()
		var mu sync.Mutex
		tokens := map[string]bool{}
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				s, err := h.Login(h.Context(), LoginSessions(30*time.Minute), Login{UserName: name, Password: password, Network: "10.0.0.1"})
				if err != nil {
					h.Errorf("%v", err)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				tokens[s.Token] = true
			})
		}
		wg.Wait()
		if n, err := h.store.Read().NewSelect().TableExpr("sessions").Count(h.Context()); err != nil || n != 100 || len(tokens) != 100 {
			h.Errorf("%d rows, %d tokens, %v", n, len(tokens), err)
		}
	})
}

// Roles are taken while requests are made: once that call has returned, no
// request on this node has them.
func TestATakenRoleIsGoneAtOnce(t *testing.T) {
	t.Parallel()
	each(t, func(h *house) {
		id := h.add("ann", goodPassword, entity.Sales)
		s := h.login("ann", goodPassword)
		_, key := h.mustInsert(entity.APIKey{OwnerID: id, Permissions: 15})
		for range 10 {
			stop := make(chan struct{})
			var wg sync.WaitGroup
			for _, cred := range []Credential{{Bearer: s.Token}, {APIKey: key}} {
				wg.Go(func() {
					for {
						select {
						case <-stop:
							return
						default:
							if _, err := h.Authenticate(h.Context(), cred); err != nil {
								h.Errorf("%v", err)
							}
						}
					}
				})
			}
			err := h.RemoveRoles(h.Context(), h.admin, id, []entity.Role{entity.Sales})
			p, bearerErr := h.bearer(h.Service, s.Token)
			byKey := h.principal(key)
			close(stop)
			wg.Wait()
			if err != nil || bearerErr != nil || p.Is(entity.Sales) || byKey.Is(entity.Sales) {
				h.Fatalf("%v, %v; session %v, key %v", err, bearerErr, p.Roles, byKey.Roles)
			}
			if err := h.AddRoles(h.Context(), h.admin, id, []entity.Role{entity.Sales}); err != nil {
				h.Fatal(err)
			}
		}
	})
}

// sliding is a kind as a console would have it.
func sliding() SessionKind {
	return SessionKind{Name: "console", Tokens: keyformat.Must("{hex:40}"), Life: 10 * time.Minute, Longest: time.Hour, Sliding: true}
}

func TestASlidingSessionLivesByItsUse(t *testing.T) {
	t.Parallel()
	each(t, func(h *house) {
		name, password := h.admins()
		kind := sliding()
		s, err := h.Login(h.Context(), kind, Login{UserName: name, Password: password, Network: "n"})
		if err != nil {
			h.Fatal(err)
		}
		idle, err := h.Login(h.Context(), kind, Login{UserName: name, Password: password, Network: "n"})
		if err != nil {
			h.Fatal(err)
		}
		use := func(token string) bool {
			_, err := h.AuthenticateSession(h.Context(), kind, token)
			return err == nil
		}
		usedAt := func() time.Time {
			var row sessionRow
			if err := h.store.Read().NewRaw("SELECT * FROM sessions WHERE id = ?", s.ID).Scan(h.Context(), &row); err != nil {
				h.Fatal(err)
			}
			return row.UsedAt.Std()
		}
		if h.alive(s.Token) {
			h.Error("the token of one door opens another")
		}
		if _, err := h.AuthenticateSession(h.Context(), kind, h.login(name, password).Token); err == nil {
			h.Error("a login token opens the console")
		}
		// Many uses within a minute write nothing.
		for range 50 {
			h.clock.Advance(time.Second)
			if !use(s.Token) || !usedAt().Equal(start) {
				h.Fatalf("used at %s", usedAt())
			}
		}
		lived := 50 * time.Second
		for lived < 59*time.Minute {
			h.clock.Advance(3 * time.Minute)
			lived += 3 * time.Minute
			if got := use(s.Token); got != (lived < time.Hour) {
				h.Fatalf("after %s: %v", lived, got)
			}
			if !usedAt().Equal(h.clock.Read().Wall) && lived < time.Hour {
				h.Fatalf("used at %s, now %s", usedAt(), h.clock.Read().Wall)
			}
			if lived > 11*time.Minute && use(idle.Token) {
				h.Fatal("an idle session lives")
			}
		}
		h.clock.Advance(2 * time.Minute)
		if use(s.Token) {
			h.Error("a session outlives its longest life")
		}
	})
}

// A use and the end of a session race: the end stays.
func TestAUseDoesNotBringAnEndedSessionBack(t *testing.T) {
	t.Parallel()
	each(t, func(h *house) {
		name, password := h.admins()
		s, err := h.Login(h.Context(), sliding(), Login{UserName: name, Password: password, Network: "n"})
		if err != nil {
			h.Fatal(err)
		}
		h.clock.Advance(2 * time.Minute)
		v, err := h.readSession(h.Context(), sliding(), digestOfToken(s.Token))
		if err != nil {
			h.Fatal(err)
		}
		if err := h.write(func(ctx context.Context, tx *store.Tx) error { return endSessions(ctx, tx, s.UserID) }); err != nil {
			h.Fatal(err)
		}
		if got := h.slide(h.Context(), sliding(), v, h.clock.Read()); got != v {
			h.Error("an ended session was extended")
		}
		if _, err := h.AuthenticateSession(h.Context(), sliding(), s.Token); err == nil {
			h.Error("an ended session is admitted")
		}
	})
}
