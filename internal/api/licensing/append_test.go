package licensing

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/httpx"
)

// TestAppendIsEncodingJSON compares what the answers write with what
// encoding/json makes of the same structs, byte for byte.
func TestAppendIsEncodingJSON(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		texts, numbers := rapid.String(), rapid.Int64()
		moments := rapid.Ptr(rapid.Custom(func(t *rapid.T) moment {
			return moment{Seconds: numbers.Draw(t, "s"), Nanos: rapid.Int32().Draw(t, "n")}
		}), true)
		lic := license{
			LicenseID: texts.Draw(t, "id"), LicensingMode: entity.LicensingMode(rapid.IntRange(0, 2).Draw(t, "mode")),
			ExpireAt: moments.Draw(t, "expire"), SupportExpireAt: moments.Draw(t, "support"),
			LicenseKey: rapid.SliceOf(rapid.Byte()).Draw(t, "key"),
		}
		token, end := texts.Draw(t, "token"), moments.Draw(t, "end")
		every := spanOf(time.Duration(numbers.Draw(t, "every")))
		active, most := numbers.Draw(t, "active"), numbers.Draw(t, "most")
		yes := rapid.Bool().Draw(t, "yes")
		for _, answer := range []httpx.Appender{
			&successResponse{yes, token, end, active, most, lic},
			&requestResponse{leased{}, yes, token, end, every, active, most, lic},
			&countsResponse{token, active, most},
			&heartbeatResponse{leased{}, yes, active, most, end, every},
		} {
			var want bytes.Buffer
			enc := json.NewEncoder(&want)
			enc.SetEscapeHTML(false)
			if err := enc.Encode(answer); err != nil {
				t.Fatal(err)
			}
			got := append(answer.AppendJSON(nil), '\n')
			if !bytes.Equal(got, want.Bytes()) {
				t.Fatalf("%T\ngot  %s\nwant %s", answer, got, &want)
			}
		}
	})
}
