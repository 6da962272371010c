package instances

import (
	"context"
	"net/http"
	"strings"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/httpx"
	"github.com/licet/licet/internal/instance"
)

const (
	reading  = "Administrator, LicenseManager and Sales, and for members of organisations: what is theirs"
	owning   = "Administrator and LicenseManager, and for administrators of the organisation"
	scripts  = "groupScript and scoreScript are kept and shown; the server never runs them. "
	partial  = "What is left out or null stays. "
	deleting = "Status DELETED deletes: the row stays and says so. "
)

// operations is the table of the surface.
func operations(s *instance.Service) []httpx.Operation {
	staff, owners := httpx.Roles(entity.Administrator, entity.LicenseManager), httpx.Access{Judged: owning}
	all := thing[entity.LicenseInstance, instance.Input]{
		path: "instance", noun: "license instance", desk: s.Instances(), write: owners,
		onWrite: "LICENCED begins a period in licenseInstanceMeta. PENDING goes to LICENCED or CANCELED, LICENCED to CANCELED. " +
			"There is one ACTIVE instance of a license, an organisation and a project, another is 409. These three do not change.",
	}.operations()
	all = append(all, thing[entity.LicenseInstanceMeta, instance.MetaInput]{
		path: "instance/meta", noun: "period of a license instance", desk: s.Periods(), write: owners, owned: true,
		onWrite: "startedAt and expiredAt are sent as milliseconds since 1970 UTC, null for none, and shown as ISO 8601. licenseStatus does not change when a period ends.",
	}.operations()...)
	all = append(all, thing[entity.RegulatoryLicense, instance.LicenseInput]{
		path: "license", noun: "license", desk: s.Licenses(), write: staff,
		onWrite: scripts + "params is an object, or a text that is one; it is answered as an object.",
	}.operations()...)
	all = append(all, thing[entity.ScoreGroup, instance.GroupInput]{
		path: "license/score-group", noun: "score group of a license", desk: s.Groups(), write: staff, owned: true, ours: true,
	}.operations()...)
	all = append(all, thing[instance.Organisation, instance.OrganisationInput]{
		path: "organisation", noun: "organisation", desk: s.Organisations(), write: owners, create: &staff,
		onWrite: "It is the organisation of the organisations API, there known by publicId; parent is a text and makes nothing its parent. Status and tenantId are for staff.",
	}.operations()...)
	all = append(all, thing[entity.Project, instance.ProjectInput]{
		path: "project", noun: "project", desk: s.Projects(), write: owners,
		onWrite: "organisationId, ours, says whose it is and does not change; without one it is the vendor's.",
	}.operations()...)
	return append(all, search("project/c3/{organisationId}/{licenseId}/search", "project-c3-search", "Search projects that have a license from an organisation",
		func(ctx context.Context, by instance.Caller, q *searchOf) (*entity.List[entity.Project], error) {
			return s.ProjectsWith(ctx, by, q.IDs[0], q.IDs[1], q.Body)
		}))
}

// thing declares what is created, read, changed and searched at one path.
type thing[T, In any] struct {
	path    string // below /api/v1
	noun    string
	desk    instance.Desk[T, In]
	write   httpx.Access
	create  *httpx.Access // nil: as write
	onWrite string        // what the OpenAPI document says of writing
	owned   bool          // it shows with what it belongs to: it has no reading of its own, and its creation is ours
	ours    bool          // so is its change
}

func (t thing[T, In]) operations() []httpx.Operation {
	create := t.write
	if t.create != nil {
		create = *t.create
	}
	id := strings.ReplaceAll(t.path, "/", "-")
	all := []httpx.Operation{
		op(http.MethodPost, t.path, id+"-create", "Create a "+t.noun, create, t.insert).WithDescription(t.onWrite),
		op(http.MethodPut, t.path+"/{id}", id+"-update", "Change a "+t.noun, t.write, t.update).WithDescription(partial + deleting + t.onWrite),
	}
	if t.owned {
		all[0] = all[0].AsAddition()
	}
	if t.ours {
		all[1] = all[1].AsAddition()
	}
	if t.owned {
		return all
	}
	return append(all,
		op(http.MethodGet, t.path+"/{id}", id+"-read-one", "Read a "+t.noun, httpx.Access{Judged: reading}, t.get),
		search(t.path+"/search", id+"-search", "Search "+t.noun+"s", func(ctx context.Context, by instance.Caller, q *searchOf) (*entity.List[T], error) {
			return t.desk.Search(ctx, by, q.Body)
		}))
}

func (t thing[T, In]) insert(ctx context.Context, by instance.Caller, in *created[In]) (*T, error) {
	return t.desk.Insert(ctx, by, in.Body)
}

func (t thing[T, In]) get(ctx context.Context, by instance.Caller, q *byID) (*T, error) {
	return t.desk.Get(ctx, by, q.ID)
}

func (t thing[T, In]) update(ctx context.Context, by instance.Caller, q *changed[In]) (*T, error) {
	return t.desk.Update(ctx, by, q.ID, q.Body)
}

type byID struct {
	ID int64 `path:"id"`
}

type created[In any] struct {
	Body In `body:""`
}

type changed[In any] struct {
	ID   int64 `path:"id" json:"-"`
	Body In    `body:""`
}

type searchOf struct {
	IDs  []int64         `path:"*" json:"-"`
	Body instance.Search `body:""`
}

// search declares a search. It creates nothing, so it needs the permission to
// read.
func search[T any](path, id, summary string, list func(context.Context, instance.Caller, *searchOf) (*entity.List[T], error)) httpx.Operation {
	return op(http.MethodPost, path, id, summary, httpx.Access{Judged: reading}.Needs(entity.Read),
		func(ctx context.Context, by instance.Caller, q *searchOf) (*httpx.ListOf[T], error) {
			l, err := list(ctx, by, q)
			if err != nil {
				return nil, err
			}
			answer := &httpx.ListOf[T]{Name: "data", Items: l.Items}
			if q.Body.TrackTotal {
				answer.Tail = func() httpx.Object { return httpx.Object{{Name: "total", Value: l.Total}} }
			}
			return answer, nil
		}).
		WithDescription("where compares members of the answer as SQL does: =, <>, !=, <, <=, >, >=, like, in, is null, and, or, not, brackets; texts in single quotes. " +
			"total is there where trackTotal is true.").
		WithResponseSchema(httpx.Object{{Name: "data", Value: []T(nil)}, {Name: "total", Value: int64(0)}}).WithPerhaps("total")
}
