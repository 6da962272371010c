package bench

import (
	"bytes"
	"fmt"
	"strings"
)

// op is a call that is measured, named as in its path.
type op string

const (
	claim     op = "request"
	release   op = "release"
	heartbeat op = "heartbeat"
	validate  op = "validate"
	activate  op = "activate"
)

const (
	digits = 12 // of a machine id
	// tokenShape has the length of the floating tokens that the server makes.
	tokenShape = "fltk_000000000000"
)

// template is a request whose machine and token are replaced in place. Each
// client has its own.
type template struct {
	bytes          []byte
	machine, token []byte // parts of bytes; token is nil where the call names a license
}

// newTemplate makes a request by user key, or by token where userKey is "".
func newTemplate(o op, apiKey, userKey string) *template {
	machine, key := strings.Repeat("0", digits), `"userKey":"`+userKey+`"`
	if userKey == "" {
		key = `"licenseToken":"` + tokenShape + `"`
	}
	body := fmt.Sprintf(`{%s,"machineId":"m%s","clientId":"licet-bench","clientName":"licet-bench"}`, key, machine)
	t := &template{bytes: fmt.Appendf(nil, "POST /v1/license/%s HTTP/1.1\r\nHost: licet\r\nx-api-key: %s\r\n"+
		"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", o, apiKey, len(body), body)}
	t.machine = t.after(`"machineId":"m`, digits)
	if userKey == "" {
		t.token = t.after(`"licenseToken":"`, len(tokenShape))
	}
	return t
}

func (t *template) after(mark string, n int) []byte {
	at := bytes.Index(t.bytes, []byte(mark)) + len(mark)
	return t.bytes[at : at+n]
}

// setMachine makes the request that of the identity number n. Neighbouring
// numbers are far apart in an index, as the names of machines are.
func (t *template) setMachine(n uint64) { writeDigits(t.machine, scatter(n)) }

// setFilled makes the token that of the filled seat n of a license.
func (t *template) setFilled(n uint64) { writeDigits(t.token[len(tokenShape)-digits:], scatter(n)) }

// The fill computes the same in SQL, within 64 bits.
const (
	scatterBy   = 61803398 // coprime to scatterOver
	scatterOver = 999_999_999_989
)

func scatter(n uint64) uint64 { return n * scatterBy % scatterOver }

func writeDigits(b []byte, n uint64) {
	for i := len(b) - 1; i >= 0; i-- {
		b[i] = '0' + byte(n%10)
		n /= 10
	}
}

var tokenMark = []byte(`"licenseToken":"`)

// tokenIn finds the token of an answer; nil where there is none of the shape.
func tokenIn(body []byte) []byte {
	at := bytes.Index(body, tokenMark)
	if at < 0 || len(body) < at+len(tokenMark)+len(tokenShape) {
		return nil
	}
	return body[at+len(tokenMark):][:len(tokenShape)]
}
