package management_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/httpx/httpxtest"
	"github.com/licet/licet/internal/seat"
	"github.com/licet/licet/internal/settings"
)

// logEntries inserts entries of two levels, the second an hour after the first.
func (h *house) logEntries() {
	for i, level := range []entity.LogLevel{entity.LogInformation, entity.LogWarning} {
		rows := []entity.LogEntry{{
			Message: fmt.Sprint(i), MessageTemplate: "{N}", Level: level, Properties: "{}",
			TimeStamp: entity.TimeOfMicros(testStart.UnixMicro() + int64(i)*3600e6 - 7200e6),
		}}
		h.write(&rows)
	}
}

// records inserts three rows of the log, of the traces and of the reports.
func (h *house) records(license int64) {
	at := entity.TimeOf(testStart)
	for i := range 3 {
		h.write(&entity.LogEntry{Message: fmt.Sprint(i), MessageTemplate: "{N}", Level: entity.LogInformation, TimeStamp: at, Properties: "{}"})
		h.write(&entity.LicenseTrace{MachineID: fmt.Sprint(i), CreatedDate: at, Action: entity.TraceRequest, LicenseID: license})
		r := &entity.Report{UID: fmt.Sprint(i), Name: "r", Date: at, UserKey: "k"}
		h.write(r)
		h.write(&entity.ReportProperty{Name: "os", Value: "mac", ReportID: r.ID})
	}
}

func TestLogOnTheWire(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		h.logEntries()
		openAPI := httpxtest.Load(t, h.router.OpenAPI())
		ask := func(method, path, query string) answer {
			t.Helper()
			a := h.call("Administrator", method, path+query, "")
			if a.status != 200 {
				t.Fatalf("%s %s%s: %d %s", method, path, query, a.status, a.body)
			}
			openAPI.Answer(t, method, path, a.status, "application/json", a.body)
			return a
		}
		a := ask("GET", "/v1/log", "?startDate=2026-03-01T10:30:00Z&endDate=2026-03-01T11:00:00Z")
		want := `{"success":true,"code":0,"message":"","logEntries":[{"id":2,"message":"1","messageTemplate":"{N}","level":"Warning",` +
			`"timeStamp":"2026-03-01T11:00:00Z","exception":"","properties":"{}"}],"totalLogEntriesCount":1}`
		if string(a.body) != want+"\n" && string(a.body) != want {
			t.Errorf("%s", a.body)
		}
		a = ask("GET", "/v1/log", "?sort=id%20desc&take=1&select=level,message&filter="+url.QueryEscape(`Level="Warning" and Message="1"`))
		if got := a.list("logEntries"); len(got) != 1 || len(got[0]) != 2 || got[0]["level"] != "Warning" {
			t.Errorf("%s", a.body)
		}
		a = ask("GET", "/v1/log/levels", "?startDate=2026-03-01T10:00:00Z&endDate=2026-03-01T11:00:00Z&intervals=1")
		want = `{"success":true,"code":0,"message":"","logLevels":[{"date":"2026-03-01T10:00:00Z","level":"Information","count":1},` +
			`{"date":"2026-03-01T11:00:00Z","level":"Warning","count":1}],"groupBy":"Hour","totalLogLevelEntriesCount":2}`
		if strings.TrimSpace(string(a.body)) != want {
			t.Errorf("%s", a.body)
		}
		a = ask("DELETE", "/v1/log", "?filter="+url.QueryEscape(`Level="Warning"`)+"&endDate=2026-03-01T11:00:00Z")
		if strings.TrimSpace(string(a.body)) != `{"Success":true,"Message":"A total of 1 log entries have been deleted.","DeletedLogCount":1}` {
			t.Errorf("%s", a.body)
		}
		ask("DELETE", "/v1/log", "?id=1")
		h.logEntries()
		if a = ask("DELETE", "/v1/log", "?deleteAll=true"); a.id("DeletedLogCount") != 2 {
			t.Errorf("%s", a.body)
		}
	})
}

func TestLogRefusals(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		h.logEntries()
		for _, b := range []bad{
			{"DELETE", "/v1/log", "", 400, 3, "say which log entries"},
			{"DELETE", "/v1/log?deleteAll=false&filter=&id=&startDate=", "", 400, 3, "say which log entries"},
			{"DELETE", "/v1/log?startDate=0001-01-01", "", 400, 3, "say which log entries"},
			{"DELETE", "/v1/log", `{"deleteAll":true}`, 400, 3, "say which log entries"},
			{"DELETE", "/v1/log?deleteAll=yes", "", 400, 3, "deleteAll: expected true or false"},
			{"DELETE", "/v1/log?deleteAll=true&id=x", "", 400, 3, "id: expected a whole number"},
			{"DELETE", "/v1/log?deleteAll=true&filter=Level%3D", "", 400, 3, "filter"},
			{"DELETE", "/v1/log?deleteAll=true&deleteAll=true", "", 400, 3, "deleteAll: the parameter is given more than once"},
			{"DELETE", "/v1/log?id=999", "", 404, 5, "there is no such log entry 999"},
			{"DELETE", "/v1/log?id=-1", "", 404, 5, "there is no such log entry -1"},
			{"DELETE", "/v1/log?id=9223372036854775808", "", 400, 3, "id"},
			{"DELETE", "/v1/log?startDate=2026-03-02&endDate=2026-03-01", "", 400, 3, "endDate: is before startDate"},
			{"GET", "/v1/log?startDate=2026-03-02&endDate=2026-03-01", "", 400, 3, "endDate: is before startDate"},
			{"GET", "/v1/log?startDate=soon", "", 400, 3, "startDate"},
			{"GET", "/v1/log?filter=Shoe%3D1", "", 400, 3, "filter"},
			{"GET", "/v1/log?take=-1", "", 400, 3, "take"},
			{"GET", "/v1/log/levels?intervals=0", "", 400, 3, "intervals: must be from 1 to 1000"},
			{"GET", "/v1/log/levels?intervals=9223372036854775807", "", 400, 3, "intervals"},
			{"GET", "/v1/log/levels?intervals=x", "", 400, 3, "intervals"},
			{"GET", "/v1/log/levels?startDate=2026-03-02&endDate=2026-03-01", "", 400, 3, "endDate: is before startDate"},
			{"POST", "/v1/log", "", 405, 12, ""},
		} {
			h.refused(b.method, b.path, b.body, b.status, b.code, b.say)
		}
		h.ok("GET", "/v1/log/levels?startDate=0002-01-01&endDate=9999-12-31T23:59:59.9999999Z&intervals=1", "")
		n := h.ok("GET", "/v1/log?filter="+url.QueryEscape(`MessageTemplate="{N}"`), "").id("totalLogEntriesCount")
		if n != 2 {
			t.Errorf("refused requests left %d of 2 entries", n)
		}
	})
}

// traces makes three traces of each of two licenses and returns their ids.
func (h *house) traces() (first, second int64) {
	h.t.Helper()
	for _, id := range []*int64{&first, &second} {
		a := h.ok("POST", "/v1/licenses", `{"license":{"licensingMode":2,"trace":true,"maxAllowedSites":9}}`)
		*id = a.id("licenseId")
		for _, machine := range []string{"a", "b", "c"} {
			_, err := h.seats.Request(h.t.Context(), a.text("userKey"), seat.Client{MachineID: machine, ClientID: "c", ClientName: "Mac", Address: "192.0.2.7"})
			h.must(err)
		}
	}
	return first, second
}

func TestTraces(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		first, second := h.traces()
		openAPI := httpxtest.Load(t, h.router.OpenAPI())
		a := h.call("LicenseManager", "GET", fmt.Sprintf("/v1/license-traces?licenseId=%d", second), "")
		openAPI.Answer(t, "GET", "/v1/license-traces", a.status, "application/json", a.body)
		rows := a.list("licenseTraces")
		if len(rows) != 3 || a.id("totalLicenseTracesCount") != 3 {
			t.Fatalf("%s", a.body)
		}
		if got := pick(rows[0], "clientIp", "clientId", "clientName", "machineId", "createdDate", "action", "geoLocation", "meta", "licenseId"); got != fmt.Sprint("192.0.2.7 c Mac a 2026-03-01T12:00:00Z 3   ", second) {
			t.Errorf("%q", got)
		}
		count := func(query string) int64 {
			return h.ok("GET", "/v1/license-traces"+query, "").id("totalLicenseTracesCount")
		}
		if count("") != 6 || count("?licenseId=999") != 0 || count("?filter="+url.QueryEscape(`MachineId="a"`)) != 2 {
			t.Errorf("%d, %d, %d", count(""), count("?licenseId=999"), count("?filter="+url.QueryEscape(`MachineId="a"`)))
		}
		id := fmt.Sprint(rows[0]["id"])
		for _, c := range []struct {
			body    string
			n, left int64
		}{
			{fmt.Sprintf(`{"traceId":%s,"licenseId":0,"filter":null}`, id), 1, 5},
			{fmt.Sprintf(`{"licenseId":%d,"filter":"MachineId=\"b\""}`, first), 1, 4},
			{`{"filter":"MachineId=\"b\""}`, 1, 3},
			{`{"licenseId":999}`, 0, 3},
			{fmt.Sprintf(`{"licenseId":%d}`, first), 2, 1},
		} {
			a := h.ok("DELETE", "/v1/license-traces", c.body)
			openAPI.Answer(t, "DELETE", "/v1/license-traces", a.status, "application/json", a.body)
			if want := fmt.Sprintf("A total of %d license traces have been deleted.", c.n); a.text("message") != want || count("") != c.left {
				t.Errorf("%s: %s, %d left", c.body, a.body, count(""))
			}
		}
		for _, b := range []bad{
			{"DELETE", "/v1/license-traces", "", 400, 3, "say which traces"},
			{"DELETE", "/v1/license-traces", "{}", 400, 3, "say which traces"},
			{"DELETE", "/v1/license-traces?traceId=1", "", 400, 3, "say which traces"},
			{"DELETE", "/v1/license-traces", `{"traceId":0,"licenseId":0,"filter":""}`, 400, 3, "say which traces"},
			{"DELETE", "/v1/license-traces", `{"traceId":` + id + `}`, 404, 5, "there is no such license trace " + id},
			{"DELETE", "/v1/license-traces", `{"traceId":-1}`, 404, 5, "there is no such license trace -1"},
			{"DELETE", "/v1/license-traces", `{"traceId":"1"}`, 400, 3, "traceId: expected a whole number"},
			{"DELETE", "/v1/license-traces", `{"traceId":9223372036854775808}`, 400, 3, "traceId"},
			{"DELETE", "/v1/license-traces", `{"filter":"shoe=1"}`, 400, 3, "filter"},
			{"DELETE", "/v1/license-traces", `{"filter":1}`, 400, 3, "filter: expected a string"},
			{"DELETE", "/v1/license-traces", `[]`, 400, 3, "expected an object"},
			{"DELETE", "/v1/license-traces", `{"filter":`, 400, 3, ""},
			{"GET", "/v1/license-traces?licenseId=x", "", 400, 3, "licenseId: expected a whole number"},
		} {
			h.refused(b.method, b.path, b.body, b.status, b.code, b.say)
		}
		if count("") != 1 {
			t.Errorf("refused requests left %d of 1", count(""))
		}
	})
}

func TestReports(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		key := h.ok("POST", "/v1/licenses", `{"license":{"expireDate":"2020-01-01"}}`).text("userKey")
		openAPI := httpxtest.Load(t, h.router.OpenAPI())
		send := func(members string) answer {
			t.Helper()
			a := h.call("Application", "POST", "/v1/reports", `{"report":{"userKey":"`+key+`",`+members+`}}`)
			if a.status != 200 || a.id("reportId") == 0 {
				t.Fatalf("%s: %d %s", members, a.status, a.body)
			}
			openAPI.Answer(t, "POST", "/v1/reports", a.status, "application/json", a.body)
			return a
		}
		send(`"name":"ExceptionReport","version":"1","date":"2026-02-01T00:00:00Z","machineId":"m","clientId":"c","clientName":"Mac","contentType":"text/plain",
			"content":"boom","id":77,"uid":"mine","address":"forged","properties":[{"name":"os","value":"mac","id":7,"reportId":9},{"name":"user"}]`)
		merged := send(`"name":"LicenseReport","content":"{\"features\":{\"X\":3}}"`).id("reportId")
		if again := send(`"name":"LicenseReport","content":"{\"features\":{\"X\":4}}"`).id("reportId"); again != merged {
			t.Errorf("rows %d and %d", merged, again)
		}
		a := h.call("Sales", "GET", "/v1/reports?include=Properties&sort=id", "")
		openAPI.Answer(t, "GET", "/v1/reports", a.status, "application/json", a.body)
		rows := a.list("reports")
		if len(rows) != 2 || a.id("totalReportsCount") != 2 {
			t.Fatalf("%s", a.body)
		}
		want := "ExceptionReport 1 2026-02-01T00:00:00Z " + key + " m c Mac text/plain boom 192.0.2.1"
		if got := pick(rows[0], "name", "version", "date", "userKey", "machineId", "clientId", "clientName", "contentType", "content", "address"); got != want || len(rows[0]["uid"].(string)) != 36 {
			t.Errorf("%s, uid %s; want %s", got, rows[0]["uid"], want)
		}
		if p := rows[0]["properties"].([]any); len(p) != 2 || pick(p[0].(map[string]any), "name", "value", "reportId") != fmt.Sprint("os mac ", rows[0]["id"]) {
			t.Errorf("%v", p)
		}
		if rows[1]["content"] != `{"features":{"X":7}}` || rows[1]["date"] != "2026-03-01T12:00:00Z" {
			t.Errorf("%v", rows[1])
		}
		if p, ok := h.ok("GET", "/v1/reports", "").list("reports")[0]["properties"].([]any); !ok || len(p) != 0 {
			t.Errorf("properties that nobody asked for: %v", p)
		}
		h.ok("DELETE", fmt.Sprintf("/v1/reports/%d", merged), "")
		h.refused("DELETE", fmt.Sprintf("/v1/reports/%d", merged), "", 404, 5, "there is no report")
	})
}

func TestReportRefusals(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		key := h.ok("POST", "/v1/licenses", `{"license":{}}`).text("userKey")
		revoked := h.ok("POST", "/v1/licenses", `{"license":{"revoked":true}}`).text("userKey")
		all := []bad{
			{"POST", "/v1/reports", "", 400, 3, "report: is missing"},
			{"POST", "/v1/reports", `{"name":"x","userKey":"` + key + `"}`, 400, 3, "report: is missing"},
			{"POST", "/v1/reports", `{"report":null}`, 400, 3, "report: is missing"},
			{"POST", "/v1/reports", `{"report":[]}`, 400, 3, "report: expected an object"},
			{"POST", "/v1/reports", `{"report":{"userKey":"` + key + `"}}`, 400, 3, "report.name: is missing"},
			{"POST", "/v1/reports", `{"report":{"name":"x"}}`, 400, 3, "report.userKey: is missing"},
			{"POST", "/v1/reports", `{"report":{"name":"x","userKey":"nobody"}}`, 404, 5, "License key not found"},
			{"POST", "/v1/reports", `{"report":{"name":"x","userKey":"` + revoked + `"}}`, 403, 7, "revoked"},
			{"PUT", "/v1/reports", `{"report":{}}`, 405, 12, ""},
			{"DELETE", "/v1/reports/x", "", 400, 3, "reportId: expected a whole number"},
			{"DELETE", "/v1/reports/-1", "", 404, 5, "there is no report -1"},
			{"DELETE", "/v1/reports/9223372036854775808", "", 400, 3, "out of range"},
			{"GET", "/v1/reports?include=license", "", 400, 3, "include"},
		}
		for _, m := range [][3]string{
			{"name", quoted(257), "name: has 257"}, {"name", "7", "name: expected a string"}, {"version", quoted(257), "version"},
			{"machineId", quoted(257), "machineId: has 257 bytes"}, {"clientId", quoted(257), "clientId"}, {"clientName", quoted(257), "clientName"},
			{"contentType", quoted(257), "contentType"}, {"content", quoted(256<<10 + 1), "content: has 262145 bytes"}, {"content", `{}`, "content: expected a string"},
			{"date", `"soon"`, "date"}, {"date", "1", "date"}, {"properties", `{}`, "properties: expected a list"}, {"content", `"\u0000"`, ""},
			{"properties", manyItems(`{"name":"n"}`, 101), "properties: has 101 items, 100 is the most"}, {"properties", `[{"value":"v"}]`, "properties[0].name: is missing"},
			{"properties", `[{"name":"a"},{"name":"b","value":` + quoted(4097) + `}]`, "properties[1].value"}, {"properties", `[{"name":1}]`, "properties[0].name: expected a string"},
		} {
			members := `"userKey":"` + key + `","` + m[0] + `":` + m[1]
			if m[0] != "name" {
				members += `,"name":"x"`
			}
			say := m[2]
			if say != "" {
				say = "report." + say
			}
			all = append(all, bad{"POST", "/v1/reports", `{"report":{` + members + `}}`, 400, 3, say})
		}
		for _, b := range all {
			h.refused(b.method, b.path, b.body, b.status, b.code, b.say)
		}
		if n := h.ok("GET", "/v1/reports", "").id("totalReportsCount"); n != 0 {
			t.Errorf("refused requests left %d reports", n)
		}
	})
}

func TestReportsWithoutACredential(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		key := h.ok("POST", "/v1/licenses", `{"license":{}}`).text("userKey")
		body := `{"report":{"name":"x","userKey":"` + key + `"}}`
		if a := h.call("", "POST", "/v1/reports", body); a.status != 401 {
			t.Errorf("%d %s", a.status, a.body)
		}
		h.set.Keyless = true
		if a := h.call("", "POST", "/v1/reports", body); a.status != 200 {
			t.Errorf("%d %s", a.status, a.body)
		}
		if a := h.call("", "GET", "/v1/reports", ""); a.status != 401 {
			t.Errorf("reading: %d %s", a.status, a.body)
		}
	}, func(l *settings.Licensing) { l.Keyless = false })
}

// TestGuessingByReports: unknown keys are slowed down; then known ones are too,
// until the wait is over.
func TestGuessingByReports(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		key := h.ok("POST", "/v1/licenses", `{"license":{}}`).text("userKey")
		send := func(key string) int {
			return h.call("Application", "POST", "/v1/reports", `{"report":{"name":"x","userKey":"`+key+`"}}`).status
		}
		for range 5 {
			if status := send("nobody"); status != 404 {
				t.Fatal(status)
			}
		}
		if status := send(key); status != 429 {
			t.Errorf("after guesses: %d", status)
		}
		h.clock.Advance(2e9)
		if status := send(key); status != 200 {
			t.Errorf("later: %d", status)
		}
	})
}
