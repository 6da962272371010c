package document_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/licet/licet/internal/document"
)

func TestCheckJudgesWhatADocumentStates(t *testing.T) {
	t.Parallel()
	end := date("2027-01-31T23:59:59Z").Std()
	locked := document.Verified{KeyID: "k1", Content: document.Content{
		ExpireDate: date("2027-01-31T23:59:59Z"),
		Restrictions: []document.Restriction{
			{Name: "Hardware", Properties: map[string]string{"HardwareKey": "M1"}},
			{Name: "Hardware"},
			{Name: "Trial", Properties: map[string]string{"HardwareKey": "M3"}},
			{Name: "Hardware", Properties: map[string]string{"HardwareKey": "M2"}},
		},
	}}
	free := document.Verified{KeyID: "k1"}
	for _, c := range []struct {
		name string
		doc  document.Verified
		use  document.Use
		want error
		says string
	}{
		{"nothing asked", locked, document.Use{}, nil, ""},
		{"everything asked", locked, document.Use{At: end.Add(-time.Second), MachineID: "M2", Revoked: []string{"k2"}}, nil, ""},
		{"at its end", locked, document.Use{At: end}, document.ErrExpired, "2027-01-31T23:59:59Z"},
		{"after its end", locked, document.Use{At: end.Add(time.Hour)}, document.ErrExpired, ""},
		{"no end", free, document.Use{At: end}, nil, ""},
		{"another machine", locked, document.Use{MachineID: "M4"}, document.ErrWrongMachine, "M1, M2"},
		{"other case", locked, document.Use{MachineID: "m1"}, document.ErrWrongMachine, ""},
		{"of another restriction", locked, document.Use{MachineID: "M3"}, document.ErrWrongMachine, ""},
		{"tied to none", free, document.Use{MachineID: "M1"}, document.ErrWrongMachine, "no machine"},
		{"revoked", locked, document.Use{At: end, Revoked: []string{"k2", "k1"}}, document.ErrRevokedKey, "key k1"},
	} {
		err := c.doc.Check(c.use)
		if !errors.Is(err, c.want) || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v, want %v", c.name, err, c.want)
		}
	}
}
