package identity

import (
	"slices"

	"github.com/licet/licet/internal/clock"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/settings"
	"github.com/licet/licet/internal/store"
)

// Principal is who calls. The zero value is nobody.
type Principal struct {
	UserID      string
	Roles       []entity.Role // shared between calls: only to be read
	Permissions entity.Permission
	KeyID       int64  // the API key used; 0: none was
	SessionID   int64  // the session used; 0: none was
	CustomerID  *int64 // the customer of a user with the Customer role
}

// Is says whether the principal has the role.
func (p Principal) Is(r entity.Role) bool { return slices.Contains(p.Roles, r) }

// Service answers who calls. It is safe for concurrent use. Make it with New.
type Service struct {
	store    *store.Store
	settings func() settings.Licensing
	clock    clock.Clock
	hasher   *hasher
	tries    tries
	login    SessionKind
	cache    *keyCache
}

// New keeps users and keys in st; set gives the format of new API keys.
func New(st *store.Store, set func() settings.Licensing, clk clock.Clock) *Service {
	return &Service{
		store: st, settings: set, clock: clk,
		hasher: newHasher(), tries: newTries(clk), cache: newKeyCache(cachedKeys),
		login: LoginSessions(0), // how long they live is said when one is made
	}
}
