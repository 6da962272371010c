package httpx

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"reflect"
	"strings"
	"sync"

	"github.com/licet/licet/internal/fault"
)

// decoder turns requests into Reqs, within the router's limits.
type decoder struct {
	maxBody int64
	buffers sync.Pool // *bytes.Buffer
}

// maxPooled bounds what a pool keeps alive after one big request, in bytes.
const maxPooled = 64 << 10

func newDecoder(maxBody int64) *decoder {
	return &decoder{maxBody: maxBody, buffers: sync.Pool{New: func() any { return new(bytes.Buffer) }}}
}

// bind fills req, which is a *Req of the operation.
func (d *decoder) bind(r *http.Request, op *Operation, req any) error {
	p := op.plan
	if len(p.path)+len(p.query) > 0 {
		if err := p.bindParams(r, req); err != nil {
			return err
		}
	}
	if !p.hasBody {
		return nil
	}
	dst := req
	if len(p.body) > 0 {
		dst = reflect.ValueOf(req).Elem().FieldByIndex(p.body).Addr().Interface()
	}
	if n, ok := dst.(named); ok {
		n.setName(op.item)
	}
	return d.decode(r, op, dst)
}

// decode reads the body into dst. No body is {} unless the operation needs one:
// the pages mark bodies as not required, and what is missing is the operation's
// to judge.
func (d *decoder) decode(r *http.Request, op *Operation, dst any) error {
	if r.ContentLength > d.maxBody {
		return d.tooLarge()
	}
	buf := d.buffers.Get().(*bytes.Buffer)
	defer func() {
		if buf.Cap() <= maxPooled {
			buf.Reset()
			d.buffers.Put(buf)
		}
	}()
	if r.Body != nil && r.ContentLength != 0 {
		if _, err := buf.ReadFrom(io.LimitReader(r.Body, d.maxBody+1)); err != nil {
			return unreadable(err)
		}
	}
	if int64(buf.Len()) > d.maxBody {
		return d.tooLarge()
	}
	body := bytes.TrimPrefix(buf.Bytes(), []byte("\xef\xbb\xbf")) // a byte order mark, which .NET writers send
	content := bytes.Trim(body, " \t\r\n")
	if op.needBody && (len(content) == 0 || string(content) == "null") {
		return fault.New(fault.Invalid, "the body is missing")
	}
	if len(content) == 0 {
		return explain([]byte("{}"), dst)
	}
	if err := checkMediaType(r.Header, op.anyMedia); err != nil {
		return err
	}
	if err := CheckJSON(body); err != nil {
		return err
	}
	if err := explain(body, dst); err != nil || !op.strict {
		return err
	}
	return unknownMember(body, dst)
}

// explain decodes a checked body, and says where one does not fit its type.
func explain(body []byte, dst any) error {
	err := json.Unmarshal(body, dst)
	if err == nil {
		return nil
	}
	return misfit(body, dst, err)
}

func (d *decoder) tooLarge() error {
	return fault.New(fault.TooLarge, "the body is larger than %d bytes", d.maxBody)
}

func unreadable(err error) error {
	if tooBig := (*http.MaxBytesError)(nil); errors.As(err, &tooBig) {
		return fault.New(fault.TooLarge, "the body is larger than %d bytes", tooBig.Limit)
	}
	return fault.New(fault.Invalid, "the body ended early")
}

// checkMediaType accepts JSON in UTF-8 under the names that the published
// pages use, and a body without a content type, which is taken for JSON; or any
// type, where that is the operation's way.
func checkMediaType(h http.Header, anyMedia bool) error {
	if e := h.Get("Content-Encoding"); e != "" && !strings.EqualFold(e, "identity") {
		return fault.New(fault.UnsupportedMedia, "a body with content encoding %.40q cannot be read; send it plain", e)
	}
	value := h.Get("Content-Type")
	if anyMedia || value == "" || value == "application/json" {
		return nil
	}
	media, params, err := mime.ParseMediaType(value)
	if err != nil || !isJSON(media) {
		return fault.New(fault.UnsupportedMedia, "the content type %.80q cannot be read; send application/json", value)
	}
	if charset, ok := params["charset"]; ok && !strings.EqualFold(charset, "utf-8") {
		return fault.New(fault.UnsupportedMedia, "the charset %.40q cannot be read; send UTF-8", charset)
	}
	return nil
}

// isJSON judges a media type in lower case.
func isJSON(media string) bool {
	if media == "application/json" || media == "text/json" {
		return true
	}
	return strings.HasPrefix(media, "application/") && strings.HasSuffix(media, "+json")
}
