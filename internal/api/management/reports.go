package management

import (
	"context"
	"slices"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/httpx"
)

// reports are read and deleted by staff. Sending them is ours: the published page
// has no way to.
func reports(d Deps, r roles) collection[entity.Report] {
	return collection[entity.Report]{
		path: "/v1/reports", id: "reportId", item: "report", items: "reports", noun: "report",
		onInsert: "For applications: userKey names their license, which must not be revoked. The server sets id, uid and address, and date where it is left out. " +
			"Where name is LicenseReport and content a JSON object, it is added to what the same userKey, machineId, clientId and version reported before: " +
			"objects member by member, whole numbers by their sum, anything else is replaced.",
		adds: true,
		read: r.staff, write: append(slices.Clone(r.staff), entity.Application), remove: r.staff,
		writeKeyless: d.Keyless,
		list:         d.Reports.List,
		insert: func(ctx context.Context, in entity.Sent[entity.Report]) (report *entity.Report, err error) {
			err = d.Guesses.Guard(httpx.ClientNetwork(ctx), fault.LicenseKeyNotFound, func() error {
				report, err = d.Reports.Send(ctx, in.Value, httpx.ClientAddr(ctx))
				return err
			})
			return report, err
		},
		delete: d.Reports.Delete,
		key:    func(r *entity.Report) int64 { return r.ID }, show: (*entity.Report).FillLists,
	}
}
