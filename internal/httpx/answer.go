package httpx

import (
	"bufio"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// encoderPool keeps JSON writers and stream buffers between requests.
type encoderPool struct {
	json    *sync.Pool // *jsonWriter
	streams *sync.Pool // *bufio.Writer
}

// streamBuffer is what a streamed answer holds back, in bytes: up to this much
// an error can still be answered as one.
const streamBuffer = 32 << 10

// streamPatience is how long a client may take to read one buffer of a stream.
const streamPatience = 30 * time.Second

func newEncoderPool() encoderPool {
	return encoderPool{
		json:    &sync.Pool{New: func() any { return newJSONWriter() }},
		streams: &sync.Pool{New: func() any { return bufio.NewWriterSize(nil, streamBuffer) }},
	}
}

// Headed is an optional part of a *Resp that is answered as JSON: it sets
// headers of its own, after the router's and before the status is written. It
// must not set those that describe the body.
type Headed interface{ SetHeaders(h http.Header) }

// Bare is an answer without a body, or, inside a *Resp, instead of it where it
// has a status. The operation declares the statuses (WithBare).
type Bare struct {
	Status   int    `json:"-"` // 0: none, there is a body
	Location string `json:"-"` // where to look next; "" if nowhere
}

func (b *Bare) bare() *Bare { return b }

// sendBare answers with a status alone.
func (x *exchange) sendBare(op *Operation, b *Bare) error {
	if op.bare[b.Status] == "" {
		return fmt.Errorf("the operation %s does not declare the status %d", op.ID, b.Status)
	}
	if b.Location != "" {
		x.w.Header().Set("Location", b.Location)
	}
	if b.Status != http.StatusNoContent {
		x.w.Header().Set("Content-Length", "0")
	}
	x.w.WriteHeader(b.Status)
	return nil
}

func (x *exchange) sendJSON(v any) error {
	pool := x.router.encoders.json
	j := pool.Get().(*jsonWriter)
	j.reset()
	defer func() {
		if j.buf.Cap() <= maxPooled {
			pool.Put(j)
		}
	}()
	if err := j.value(v); err != nil {
		return err
	}
	if own, ok := v.(Headed); ok {
		own.SetHeaders(x.w.Header())
	}
	return x.send(jsonType(x.surface), j.buf.Bytes())
}

// jsonType is what a surface says of its answers in JSON.
func jsonType(s *Surface) string {
	if s.ContentType == "" {
		return "application/json"
	}
	return s.ContentType
}

func (x *exchange) send(contentType string, body []byte) error {
	h := x.w.Header()
	if contentType != "" {
		h.Set("Content-Type", contentType)
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	x.w.WriteHeader(http.StatusOK)
	_, _ = x.w.Write(body) // the recorder notes a failure
	return nil
}

// stream answers piece by piece. Nothing is sent until the buffer is full or
// the answer complete, so that small answers have a length and early errors
// their form.
func (x *exchange) stream(s Streamer) error {
	pool := x.router.encoders.streams
	w := pool.Get().(*bufio.Writer)
	w.Reset(&patientWriter{w: x.w, deadline: http.NewResponseController(x.w)})
	defer func() {
		w.Reset(nil)
		pool.Put(w)
	}()
	x.w.Header().Set("Content-Type", jsonType(x.surface))
	if err := s.StreamJSON(x.ctx, w); err != nil {
		return err
	}
	if x.w.status == 0 {
		x.w.Header().Set("Content-Length", strconv.Itoa(w.Buffered()))
	}
	return w.Flush()
}

// patientWriter gives the client streamPatience for each piece. The deadline
// stays after the last one, for what net/http flushes when the handler has
// returned; the next request on the connection sets its own (WriteTimeout). A
// server without deadlines (a test's recorder) writes without them.
type patientWriter struct {
	w        *recorder
	deadline *http.ResponseController
}

func (p *patientWriter) Write(b []byte) (int, error) {
	_ = p.deadline.SetWriteDeadline(time.Now().Add(streamPatience))
	return p.w.Write(b)
}
