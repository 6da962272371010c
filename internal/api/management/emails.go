package management

import (
	"context"
	"net/http"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/httpx"
	"github.com/licet/licet/internal/mail"
)

// licenseEmail asks for the e-mail of a template about a license.
type licenseEmail struct {
	LicenseID  int64 `json:"licenseId"`
	ResourceID int64 `json:"resourceId"`
}

// emailOperations send e-mail. The list and its deletion are ours: a mail is
// sent after its request was answered, so there must be a place to look.
func emailOperations(d Deps, r roles) []httpx.Operation {
	queued := func(err error) (*status, error) {
		if err != nil {
			return nil, err
		}
		return &status{Success: true, Message: "queued"}, nil
	}
	admin := httpx.Roles(r.admin...)
	const after = " The answer is that the mail is queued; GET /v1/emails tells what became of it."
	return []httpx.Operation{
		op(http.MethodPost, "/v1/email/send", "Send an e-mail", admin, func(ctx context.Context, m *mail.Message) (*status, error) {
			return queued(d.Mail.Send(ctx, *m))
		}).WithDescription("To 1 to 100 recipients, with up to 20 attachments." + after),
		op(http.MethodPost, "/v1/email/license", "Send an e-mail about a license", admin, func(ctx context.Context, q *licenseEmail) (*status, error) {
			return queued(d.Mail.SendLicense(ctx, q.LicenseID, q.ResourceID))
		}).WithDescription("By a resource of type email, to the licensee, with copies to the contacts of the customer who are to be notified." + after),
		listOp("/v1/emails", "emails", "List the e-mails that are queued, and those sent or failed in the last 30 days", admin, nil,
			func(ctx context.Context, q *listQuery) (*entity.List[entity.Mail], error) {
				page, err := q.page()
				if err != nil {
					return nil, err
				}
				return d.Mail.List(ctx, page)
			}).AsAddition(),
		op(http.MethodDelete, "/v1/emails/{emailId}", "Take an e-mail out of the queue, or forget one that is settled", admin,
			func(ctx context.Context, q *byID) (*httpx.Object, error) {
				if err := d.Mail.Delete(ctx, q.ID); err != nil {
					return nil, err
				}
				answer := done()
				return &answer, nil
			}).WithResponseSchema(done()).WithDescription("409 while it is just being sent.").AsAddition(),
	}
}
