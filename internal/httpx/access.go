package httpx

import (
	"net/http"
	"slices"
	"strings"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
)

// Access declares who may call an operation. The zero value lets in every
// caller with a credential that has the method's permission.
type Access struct {
	Public     bool              // anyone; credentials are not looked at
	Keyless    func() bool       // open without a credential while it returns true; nil: never
	Roles      []entity.Role     // one of them is needed; none: any caller
	Permission entity.Permission // every bit is needed; 0: derived from the method by Op
	Judged     string            // whom the operation itself lets in, for people; "" where roles say it all
}

// Public lets everybody in.
func Public() Access { return Access{Public: true} }

// Roles lets in callers with one of the roles. The permission follows from the
// method: GET Read, PUT Write, DELETE Delete, POST Create.
func Roles(r ...entity.Role) Access { return Access{Roles: r} }

// Needs replaces the permission that the method would ask for.
func (a Access) Needs(p entity.Permission) Access {
	a.Permission = p
	return a
}

// OpenWhile lets callers without a credential in while open returns true.
func (a Access) OpenWhile(open func() bool) Access {
	a.Keyless = open
	return a
}

// Allows judges a caller who is known: nil, or a Forbidden fault. The role
// matrix is this function.
func (a Access) Allows(c Caller) error {
	if a.Public {
		return nil
	}
	if len(a.Roles) > 0 && !slices.ContainsFunc(a.Roles, c.Is) {
		return fault.New(fault.Forbidden, "this operation is for the role %s", joinRoles(a.Roles))
	}
	if missing := a.Permission &^ c.Permissions; missing != 0 {
		return fault.New(fault.Forbidden, "the credential lacks the permission %s", permissionNames(missing))
	}
	return nil
}

func permissionOf(method string) entity.Permission {
	switch method {
	case http.MethodPost:
		return entity.Create
	case http.MethodPut, http.MethodPatch:
		return entity.Write
	case http.MethodDelete:
		return entity.Delete
	}
	return entity.Read
}

func joinRoles(roles []entity.Role) string {
	names := make([]string, len(roles))
	for i, r := range roles {
		names[i] = string(r)
	}
	return strings.Join(names, " or ")
}

func permissionNames(p entity.Permission) string {
	var names []string
	for _, bit := range []struct {
		p    entity.Permission
		name string
	}{{entity.Read, "Read"}, {entity.Write, "Write"}, {entity.Delete, "Delete"}, {entity.Create, "Create"}} {
		if p&bit.p != 0 {
			names = append(names, bit.name)
		}
	}
	return strings.Join(names, " and ")
}
