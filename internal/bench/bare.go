package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
)

// bareRequest and bareAnswer are what a JSON handler must at least do: decode
// the members of a seat call, encode an answer as long as licet's.
type bareRequest struct {
	UserKey      string `json:"userKey"`
	LicenseToken string `json:"licenseToken"`
	MachineID    string `json:"machineId"`
	ClientID     string `json:"clientId"`
	ClientName   string `json:"clientName"`
}

type bareAnswer struct {
	LicenseToken string `json:"licenseToken"`
	Pad          string `json:"pad"`
}

// ServeBare answers POST /v1/license/{op} with as many bytes as sizes say, each
// op=bytes, on a free port of the loopback address, which it prints first.
func ServeBare(out io.Writer, sizes []string) error {
	mux := http.NewServeMux()
	for _, s := range sizes {
		name, number, _ := strings.Cut(s, "=")
		size, err := strconv.Atoi(number)
		if err != nil {
			return fmt.Errorf("%q is not op=bytes", s)
		}
		mux.HandleFunc("POST /v1/license/"+name, bareHandler(size))
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	fmt.Fprintf(out, "msg=serving url=http://%s\n", listener.Addr())
	return http.Serve(listener, mux)
}

func bareHandler(size int) http.HandlerFunc {
	answer := bareAnswer{LicenseToken: tokenShape}
	empty, _ := json.Marshal(answer) // two strings always encode
	answer.Pad = strings.Repeat("1", max(0, size-len(empty)))
	return func(w http.ResponseWriter, r *http.Request) {
		var in bareRequest
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		body, err := json.Marshal(answer)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = w.Write(body)
	}
}
