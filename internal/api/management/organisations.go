package management

import (
	"context"
	"net/http"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/httpx"
	"github.com/licet/licet/internal/org"
)

const (
	orgItem     = "organization"
	rightsItem  = "licenses"
	memberItem  = "member"
	orgsPath    = "/v1/organizations"
	oneOrg      = orgsPath + "/{organizationId}"
	orgLicenses = oneOrg + "/licenses"
	orgLicense  = orgLicenses + "/{licenseDef}"
	orgMembers  = oneOrg + "/members"
)

// organisations are the operations on organizations, what they have and who is
// in them. All are ours.
func organisations(d Deps, r roles) []httpx.Operation {
	o, staff, keepers := orgs{d.Orgs}, httpx.Roles(r.staff...), httpx.Roles(r.keepers...)
	all := append(collection[entity.Organisation]{
		path: orgsPath, id: "organizationId", item: orgItem, items: "organizations", noun: orgItem,
		onInsert: "parentId puts it below another, from which it inherits; publicId, by which the organizations API names it, is made.",
		onUpdate: "publicId, parentId, status and synchronised are unchanged: they have operations of their own.",
		onDelete: "Its licenses and members go with it. 409 while organizations below it or instances refer to it.",
		read:     r.staff, write: r.keepers, remove: r.keepers,
		list: d.Orgs.Organisations, insert: d.Orgs.InsertOrganisation, update: d.Orgs.UpdateOrganisation, delete: d.Orgs.Delete,
		key:      func(v *entity.Organisation) int64 { return v.ID },
		inserted: func(v *entity.Organisation) httpx.Object { return publicID(v.PublicID) },
	}.operations(),
		op(http.MethodGet, oneOrg, "Read an organization", staff, o.get).WithResponseSchema(done(httpx.Member{Name: orgItem, Value: entity.Organisation{}})),

		orgDo(http.MethodPut, oneOrg+"/parent", "Put an organization below another", keepers, o.link,
			"It must stand alone and have none below it. It keeps what it has of what the parent has, and loses the rest."),
		orgDo(http.MethodDelete, oneOrg+"/parent", "Make an organization stand alone", keepers, o.unlink, "It keeps what it has."),
		orgDo(http.MethodPut, oneOrg+"/disabled", "Disable an organization", keepers, o.disable,
			"Nothing that it or those below it have is in force, and its members cannot log in to the organizations API."),
		orgDo(http.MethodDelete, oneOrg+"/disabled", "Enable an organization", keepers, o.enable, ""),
		orgDo(http.MethodPut, oneOrg+"/synchronised", "Give those below an organization what it has, from now on", keepers, o.synchronise,
			"What they had of their own is dropped, and cannot be set while it lasts."),
		orgDo(http.MethodDelete, oneOrg+"/synchronised", "Let those below an organization have licenses of their own", keepers, o.separate,
			"They keep what the organization has now."),

		op(http.MethodGet, orgLicenses, "Read the licenses of an organization", staff, o.rights).
			WithResponseSchema(done(httpx.Member{Name: rightsItem, Value: entity.OrgRights{}})).WithDescription("effective=true: cut to what is in force now."),
		op(http.MethodPut, orgLicenses, "Replace the licenses of an organization", keepers, o.setRights).WithItem(rightsItem).
			WithRequestSchema(httpx.Object{{Name: rightsItem, Value: entity.OrgRights{}}}).WithResponseSchema(done()).
			WithDescription("All three lists are replaced; one that is left out is emptied. Below a parent nothing can be given that the parent has not."),
		orgDo(http.MethodPut, orgLicense+"/disabled", "Take one license from an organization below another", keepers, o.disableLicense,
			"What an edition carries is taken away by a license of the type NONE."),
		orgDo(http.MethodDelete, orgLicense+"/disabled", "Give one license back to an organization below another", keepers, o.enableLicense,
			"It has it as its parent does."),

		listOp(orgMembers, "members", "List the members of an organization", staff, nil, o.members),
		op(http.MethodPut, orgMembers, "Make a user a member of an organization, or change the role of one", keepers, o.setMember).WithItem(memberItem).
			WithRequestSchema(httpx.Object{{Name: memberItem, Value: newMember{}}}).WithResponseSchema(done()).
			WithDescription("Role is admin or viewer. It has nothing to do with the roles of users: it lets them in to the organizations API."),
		op(http.MethodDelete, orgMembers+"/{userId}", "End a membership", keepers, o.removeMember).WithResponseSchema(done()),
	)
	for i := range all {
		all[i].Added = true
	}
	return all
}

// orgs are the operations on organizations beside those of the collection.
type orgs struct{ books *org.Service }

// orgPath names an organization in a path.
type orgPath struct {
	ID int64 `path:"organizationId" json:"-"`
}

// orgDo declares an operation that answers no more than that it is done.
func orgDo[Req any](method, path, summary string, access httpx.Access, do func(context.Context, *Req) error, description string) httpx.Operation {
	return op(method, path, summary, access, func(ctx context.Context, q *Req) (*httpx.Object, error) {
		return acknowledged(do(ctx, q))
	}).WithResponseSchema(done()).WithDescription(description)
}

func (o orgs) get(ctx context.Context, q *orgPath) (*httpx.Object, error) {
	v, err := o.books.ByID(ctx, q.ID)
	if err != nil {
		return nil, err
	}
	answer := done(httpx.Member{Name: orgItem, Value: v})
	return &answer, nil
}

type linkRequest struct {
	orgPath
	ParentID int64 `json:"parentId"`
}

func (o orgs) link(ctx context.Context, q *linkRequest) error {
	if q.ParentID == 0 {
		return fault.Bad("parentId", "is missing")
	}
	return o.books.Link(ctx, q.ID, q.ParentID)
}

func (o orgs) unlink(ctx context.Context, q *orgPath) error { return o.books.Unlink(ctx, q.ID) }

func (o orgs) disable(ctx context.Context, q *orgPath) error {
	return o.books.SetDisabled(ctx, q.ID, true)
}

func (o orgs) enable(ctx context.Context, q *orgPath) error {
	return o.books.SetDisabled(ctx, q.ID, false)
}

func (o orgs) synchronise(ctx context.Context, q *orgPath) error {
	return o.books.Synchronise(ctx, q.ID, true)
}

func (o orgs) separate(ctx context.Context, q *orgPath) error {
	return o.books.Synchronise(ctx, q.ID, false)
}

type rightsQuery struct {
	orgPath
	Effective bool `query:"effective" doc:"Only what is in force now"`
}

func (o orgs) rights(ctx context.Context, q *rightsQuery) (*httpx.Object, error) {
	read := o.books.Rights
	if q.Effective {
		read = o.books.EffectiveRights
	}
	v, err := read(ctx, q.ID)
	if err != nil {
		return nil, err
	}
	answer := done(httpx.Member{Name: rightsItem, Value: v})
	return &answer, nil
}

type rightsRequest struct {
	orgPath
	Body httpx.ItemOf[entity.OrgRights] `body:""`
}

func (o orgs) setRights(ctx context.Context, q *rightsRequest) (*httpx.Object, error) {
	if !q.Body.Given {
		return nil, fault.Bad(rightsItem, "is missing")
	}
	return acknowledged(under(rightsItem, o.books.SetRights(ctx, q.ID, q.Body.Value)))
}

// orgLicensePath names a license definition, by its publicId, of an organization.
type orgLicensePath struct {
	orgPath
	LicenseDef string `path:"licenseDef" json:"-"`
}

func (o orgs) disableLicense(ctx context.Context, q *orgLicensePath) error {
	return o.books.DisableLicense(ctx, q.ID, q.LicenseDef)
}

func (o orgs) enableLicense(ctx context.Context, q *orgLicensePath) error {
	return o.books.EnableLicense(ctx, q.ID, q.LicenseDef)
}

// membersQuery asks for the members of the organization in the path.
type membersQuery struct {
	orgPath
	listQuery
}

func (o orgs) members(ctx context.Context, q *membersQuery) (*entity.List[entity.Membership], error) {
	page, err := q.page()
	if err != nil {
		return nil, err
	}
	return o.books.Members(ctx, q.ID, page)
}

// newMember is a user with their role in an organization.
type newMember struct {
	UserID string         `json:"userId"`
	Role   entity.OrgRole `json:"role"`
}

type memberRequest struct {
	orgPath
	Body httpx.ItemOf[newMember] `body:""`
}

func (o orgs) setMember(ctx context.Context, q *memberRequest) (*httpx.Object, error) {
	if !q.Body.Given {
		return nil, fault.Bad(memberItem, "is missing")
	}
	if q.Body.Value.UserID == "" {
		return nil, fault.Bad(memberItem+".userId", "is missing")
	}
	return acknowledged(under(memberItem, o.books.SetMember(ctx, q.ID, q.Body.Value.UserID, q.Body.Value.Role)))
}

type memberPath struct {
	orgPath
	UserID string `path:"userId" json:"-"`
}

func (o orgs) removeMember(ctx context.Context, q *memberPath) (*httpx.Object, error) {
	return acknowledged(o.books.RemoveMember(ctx, q.ID, q.UserID))
}
