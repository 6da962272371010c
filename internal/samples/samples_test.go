package samples_test

import (
	"testing"
	"time"

	"github.com/licet/licet/internal/books"
	"github.com/licet/licet/internal/clock"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/identity"
	"github.com/licet/licet/internal/issuing"
	"github.com/licet/licet/internal/issuing/issuingtest"
	"github.com/licet/licet/internal/samples"
	"github.com/licet/licet/internal/seat"
	"github.com/licet/licet/internal/settings"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
)

// TestFillingAgainCompletes what an interrupted start has left out, and makes
// nothing twice.
func TestFillingAgainCompletes(t *testing.T) {
	t.Parallel()
	st := storetest.Open(t, storetest.URL(t, store.SQLite))
	c := clock.NewFake(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	i := issuingtest.Service(t, st, settings.DefaultLicensing, c)
	b := books.New(st, seat.New(st, i, settings.DefaultLicensing, c), identity.New(st, settings.DefaultLicensing, c), settings.DefaultLicensing, c)
	for round := range 3 {
		if err := samples.Fill(t.Context(), b, i); err != nil {
			t.Fatal(err)
		}
		licenses, err := i.Licenses(t.Context(), issuing.LicenseFilter{}, entity.Page{})
		if err != nil {
			t.Fatal(err)
		}
		for l, err := range licenses.Items {
			if err != nil {
				t.Fatal(err)
			}
			if l.UserKey == samples.ActivationKey && (l.CustomerID == nil || l.OrderID == nil) {
				t.Error("the sample activation has no customer and order")
			}
			if round == 0 {
				if err := i.DeleteLicense(t.Context(), l.ID); err != nil {
					t.Fatal(err)
				}
			}
		}
		customers, err := b.Customers(t.Context(), nil, entity.Page{})
		if err != nil {
			t.Fatal(err)
		}
		orders, err := b.Orders(t.Context(), books.OrderFilter{}, entity.Page{})
		if err != nil {
			t.Fatal(err)
		}
		if licenses.Total != 3 || customers.Total != 1 || orders.Total != 1 {
			t.Errorf("round %d: %d licenses, %d customers, %d orders", round, licenses.Total, customers.Total, orders.Total)
		}
	}
}
