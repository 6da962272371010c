package management

import (
	"context"
	"net/http"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/httpx"
	"github.com/licet/licet/internal/identity"
)

const (
	userItem    = "user"
	settingItem = "setting"
)

// ofUser names a user in a path.
type ofUser struct {
	UserID string `path:"userId" json:"-"`
}

// userQuery are the parameters of a list of users.
type userQuery struct {
	listQuery
	Roles string `query:"roles" doc:"Role names with commas between: only users who have one of them"`
}

// ofUserQuery asks for a list about the user in the path.
type ofUserQuery struct {
	ofUser
	listQuery
}

// newUser is a user who is added.
type newUser struct {
	User     *entity.Sent[entity.User] `json:"user"`
	Password string                    `json:"password"`
}

// changedUser is a user who is replaced.
type changedUser struct {
	User *entity.Sent[entity.User] `json:"user"`
	passwords
}

// roleRequest gives roles to the user in the path, or takes them.
type roleRequest struct {
	ofUser
	Roles string `json:"roles"` // names with commas between
}

// settingRequest is {"setting": {…}} about the user in the path.
type settingRequest struct {
	ofUser
	Body httpx.ItemOf[entity.Sent[entity.UserSetting]] `body:""`
}

// settingPath names a setting of a user.
type settingPath struct {
	ofUser
	SettingID int64 `path:"settingId"`
}

// userOperations are users with their roles and settings.
func userOperations(d Deps, r roles) []httpx.Operation {
	u := users{ids: d.Identity}
	admin, staff := httpx.Roles(r.admin...), httpx.Roles(r.staff...)
	const one = "/v1/users/{userId}"
	return []httpx.Operation{
		listOp("/v1/users", "users", "List users", admin, (*entity.User).FillLists, u.list),
		op(http.MethodPost, "/v1/users", "Insert a user", admin, u.insert).
			WithRequestSchema(httpx.Object{{Name: userItem, Value: entity.User{}}, {Name: "password", Value: ""}}).
			WithResponseSchema(append(httpx.Object{{Name: "userId", Value: ""}}, done()...)).
			WithDescription("Without a password the user cannot log in. Id, dates of the server, apiKeys and settings are ignored. " +
				"A password, roles and a customer are given only by a credential with every permission. " + passwordRule),
		op(http.MethodPut, "/v1/users", "Replace a user", admin, u.update).
			WithRequestSchema(httpx.Object{{Name: userItem, Value: entity.User{}}, {Name: "currentPassword", Value: ""}, {Name: "newPassword", Value: ""}}).
			WithResponseSchema(done()).
			WithDescription(unsent + " The name is unchanged. newPassword ends the user's sessions; one's own needs currentPassword. " + passwordRule),
		op(http.MethodDelete, one, "Delete a user", admin, u.remove).WithResponseSchema(done()).
			WithDescription("Roles, sessions and memberships of organizations go with the user. 409 while API keys or settings are theirs, and for the last administrator."),

		listOp("/v1/roles", "roles", "List the roles", admin, nil, u.allRoles),
		listOp(one+"/roles", "roles", "List the roles of a user", admin, nil, u.roles),
		op(http.MethodPost, one+"/roles", "Give a user roles", admin, u.addRoles).WithResponseSchema(done()).
			WithDescription("roles are names with commas between. A credential with every permission is needed."),
		op(http.MethodDelete, one+"/roles", "Take roles from a user", admin, u.removeRoles).WithResponseSchema(done()).
			WithDescription("roles are names with commas between. The last administrator stays one."),

		listOp(one+"/settings", "settings", "List the settings of a user", staff, nil, u.settings),
		op(http.MethodPost, one+"/settings", "Insert a setting of a user", staff, u.insertSetting).WithItem(settingItem).
			WithRequestSchema(httpx.Object{{Name: settingItem, Value: entity.UserSetting{}}}).
			WithResponseSchema(settingAnswer("settingId", 0)).WithDescription(whoseSettings),
		op(http.MethodPut, one+"/settings", "Replace a setting of a user", staff, u.updateSetting).WithItem(settingItem).
			WithRequestSchema(httpx.Object{{Name: settingItem, Value: entity.UserSetting{}}}).
			WithResponseSchema(settingAnswer("settingsId", 0)).WithDescription(whoseSettings + " The name left out is unchanged."),
		op(http.MethodDelete, one+"/settings/{settingId}", "Delete a setting of a user", staff, u.removeSetting).
			WithResponseSchema(done()).WithDescription(whoseSettings),
	}
}

const passwordRule = "A password has 8 characters to 1024 bytes and is none of those that are tried first."

const whoseSettings = "Administrators see and change everybody's settings, others their own but for those that are read-only."

// users are the operations on users.
type users struct{ ids *identity.Service }

func (u users) list(ctx context.Context, q *userQuery) (*entity.List[entity.User], error) {
	page, err := q.page()
	if err != nil {
		return nil, err
	}
	var named []entity.Role
	if q.Roles != "" {
		if named, err = entity.ParseRoles("roles", q.Roles); err != nil {
			return nil, err
		}
	}
	return u.ids.Users(ctx, named, page)
}

func (u users) insert(ctx context.Context, q *newUser) (*httpx.Object, error) {
	if q.User == nil {
		return nil, fault.Bad(userItem, "is missing")
	}
	user, err := u.ids.InsertUser(ctx, principal(ctx), q.User.Value, q.Password)
	if err != nil {
		return nil, underUser(err)
	}
	answer := append(httpx.Object{{Name: "userId", Value: user.ID}}, done()...)
	return &answer, nil
}

func (u users) update(ctx context.Context, q *changedUser) (*httpx.Object, error) {
	if q.User == nil {
		return nil, fault.Bad(userItem, "is missing")
	}
	if q.User.Value.ID == "" {
		return nil, fault.Bad(userItem+".id", "is missing")
	}
	_, err := u.ids.UpdateUser(ctx, principal(ctx), identity.UserChange{User: *q.User, PasswordChange: q.judged(ctx)})
	return acknowledged(underUser(err))
}

// underUser names a member of the user by its whole path; the passwords stand
// beside the user.
func underUser(err error) error {
	if f := fault.Of(err); f != nil && (f.Field == "password" || f.Field == "newPassword" || f.Field == "currentPassword") {
		return err
	}
	return under(userItem, err)
}

// acknowledged is the answer that says no more than that it is done.
func acknowledged(err error) (*httpx.Object, error) {
	if err != nil {
		return nil, err
	}
	answer := done()
	return &answer, nil
}

func (u users) remove(ctx context.Context, q *ofUser) (*httpx.Object, error) {
	return acknowledged(u.ids.DeleteUser(ctx, principal(ctx), q.UserID))
}

func (u users) allRoles(ctx context.Context, q *listQuery) (*entity.List[entity.RoleDescription], error) {
	page, err := q.page()
	if err != nil {
		return nil, err
	}
	return u.ids.Roles(ctx, page)
}

func (u users) roles(ctx context.Context, q *ofUserQuery) (*entity.List[entity.RoleDescription], error) {
	page, err := q.page()
	if err != nil {
		return nil, err
	}
	return u.ids.UserRoles(ctx, q.UserID, page)
}

func (u users) addRoles(ctx context.Context, q *roleRequest) (*httpx.Object, error) {
	return q.change(ctx, u.ids.AddRoles)
}

func (u users) removeRoles(ctx context.Context, q *roleRequest) (*httpx.Object, error) {
	return q.change(ctx, u.ids.RemoveRoles)
}

func (q *roleRequest) change(ctx context.Context, do func(context.Context, identity.Principal, string, []entity.Role) error) (*httpx.Object, error) {
	if q.Roles == "" {
		return nil, fault.Bad("roles", "is missing")
	}
	named, err := entity.ParseRoles("roles", q.Roles)
	if err != nil {
		return nil, err
	}
	return acknowledged(do(ctx, principal(ctx), q.UserID, named))
}

func (u users) settings(ctx context.Context, q *ofUserQuery) (*entity.List[entity.UserSetting], error) {
	page, err := q.page()
	if err != nil {
		return nil, err
	}
	return u.ids.UserSettings(ctx, principal(ctx), q.UserID, page)
}

func (u users) insertSetting(ctx context.Context, q *settingRequest) (*httpx.Object, error) {
	if !q.Body.Given {
		return nil, fault.Bad(settingItem, "is missing")
	}
	v, err := u.ids.InsertUserSetting(ctx, principal(ctx), q.UserID, q.Body.Value.Value)
	if err != nil {
		return nil, under(settingItem, err)
	}
	answer := settingAnswer("settingId", v.ID)
	return &answer, nil
}

func (u users) updateSetting(ctx context.Context, q *settingRequest) (*httpx.Object, error) {
	if !q.Body.Given {
		return nil, fault.Bad(settingItem, "is missing")
	}
	if q.Body.Value.Value.ID == 0 {
		return nil, fault.Bad(settingItem+".id", "is missing")
	}
	v, err := u.ids.UpdateUserSetting(ctx, principal(ctx), q.UserID, q.Body.Value)
	if err != nil {
		return nil, under(settingItem, err)
	}
	answer := settingAnswer("settingsId", v.ID)
	return &answer, nil
}

// settingAnswer: an insertion calls the id settingId, an update settingsId.
func settingAnswer(name string, id int64) httpx.Object {
	return append(httpx.Object{{Name: name, Value: id}}, done()...)
}

func (u users) removeSetting(ctx context.Context, q *settingPath) (*httpx.Object, error) {
	return acknowledged(u.ids.DeleteUserSetting(ctx, principal(ctx), q.UserID, q.SettingID))
}
