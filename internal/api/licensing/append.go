package licensing

import (
	"strconv"

	"github.com/licet/licet/internal/httpx"
)

// The answers of seat calls write their own JSON: by reflection, and with a
// document of which every byte is a number, encoding one cost more than finding
// the seat. A test compares each with encoding/json.

// AppendJSON writes the answer of activate and validate.
func (r *successResponse) AppendJSON(b []byte) []byte {
	b = append(b, `{"success":`...)
	b = strconv.AppendBool(b, r.Success)
	b = append(b, `,"licenseToken":`...)
	b = httpx.AppendString(b, r.LicenseToken)
	b = append(b, `,"tokenExpireAt":`...)
	b = r.TokenExpireAt.append(b)
	b = appendCounts(b, r.ActiveClientCount, r.MaxClientCount)
	b = append(b, `,"license":`...)
	return append(r.License.append(b), '}')
}

// AppendJSON writes the answer of request.
func (r *requestResponse) AppendJSON(b []byte) []byte {
	b = append(b, `{"granted":`...)
	b = strconv.AppendBool(b, r.Granted)
	b = append(b, `,"licenseToken":`...)
	b = httpx.AppendString(b, r.LicenseToken)
	b = append(b, `,"tokenExpireAt":`...)
	b = r.TokenExpireAt.append(b)
	b = append(b, `,"heartbeatInterval":`...)
	b = r.HeartbeatInterval.append(b)
	b = appendCounts(b, r.ActiveClientCount, r.MaxClientCount)
	b = append(b, `,"license":`...)
	return append(r.License.append(b), '}')
}

// AppendJSON writes the answer of deactivate and release.
func (r *countsResponse) AppendJSON(b []byte) []byte {
	b = append(b, `{"licenseId":`...)
	b = httpx.AppendString(b, r.LicenseID)
	return append(appendCounts(b, r.ActiveClientCount, r.MaxClientCount), '}')
}

// AppendJSON writes the answer of heartbeat.
func (r *heartbeatResponse) AppendJSON(b []byte) []byte {
	b = append(b, `{"active":`...)
	b = strconv.AppendBool(b, r.Active)
	b = appendCounts(b, r.ActiveClientCount, r.MaxClientCount)
	b = append(b, `,"tokenExpireAt":`...)
	b = r.TokenExpireAt.append(b)
	b = append(b, `,"heartbeatInterval":`...)
	return append(r.HeartbeatInterval.append(b), '}')
}

func appendCounts(b []byte, active, most int64) []byte {
	b = append(b, `,"activeClientCount":`...)
	b = strconv.AppendInt(b, active, 10)
	b = append(b, `,"maxClientCount":`...)
	return strconv.AppendInt(b, most, 10)
}

func (m *moment) append(b []byte) []byte {
	if m == nil {
		return append(b, "null"...)
	}
	b = append(b, `{"seconds":`...)
	b = strconv.AppendInt(b, m.Seconds, 10)
	b = append(b, `,"nanos":`...)
	return append(strconv.AppendInt(b, int64(m.Nanos), 10), '}')
}

func (l *license) append(b []byte) []byte {
	b = append(b, `{"licenseId":`...)
	b = httpx.AppendString(b, l.LicenseID)
	b = append(b, `,"licensingMode":`...)
	b = strconv.AppendInt(b, int64(l.LicensingMode), 10)
	b = append(b, `,"expireAt":`...)
	b = l.ExpireAt.append(b)
	b = append(b, `,"supportExpireAt":`...)
	b = l.SupportExpireAt.append(b)
	b = append(b, `,"licenseKey":`...)
	return append(l.LicenseKey.append(b), '}')
}

func (n byteNumbers) append(b []byte) []byte {
	b = append(b, '[')
	for i, c := range n {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendUint(b, uint64(c), 10)
	}
	return append(b, ']')
}
