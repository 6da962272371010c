package httpx

import (
	"bufio"
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// jsonWriter puts JSON together in a buffer: no HTML escapes, no line breaks.
type jsonWriter struct {
	buf  bytes.Buffer
	enc  *json.Encoder
	next bool // something precedes at this level, so a comma is due
}

func newJSONWriter() *jsonWriter {
	j := &jsonWriter{}
	j.enc = json.NewEncoder(&j.buf)
	j.enc.SetEscapeHTML(false)
	return j
}

func (j *jsonWriter) reset() {
	j.buf.Reset()
	j.next = false
}

func (j *jsonWriter) value(v any) error {
	if a, ok := v.(Appender); ok {
		j.buf.Write(a.AppendJSON(j.buf.AvailableBuffer()))
		return nil
	}
	if err := j.enc.Encode(v); err != nil {
		return err
	}
	j.buf.Truncate(j.buf.Len() - 1) // the encoder's newline
	return nil
}

func (j *jsonWriter) open(bracket byte) {
	j.buf.WriteByte(bracket)
	j.next = false
}

func (j *jsonWriter) close(bracket byte) {
	j.buf.WriteByte(bracket)
	j.next = true
}

func (j *jsonWriter) comma() {
	if j.next {
		j.buf.WriteByte(',')
	}
	j.next = true
}

func (j *jsonWriter) element(v any) error {
	j.comma()
	return j.value(v)
}

func (j *jsonWriter) name(s string) error {
	j.comma()
	if err := j.value(s); err != nil {
		return err
	}
	j.buf.WriteByte(':')
	return nil
}

func (j *jsonWriter) members(o Object) error {
	for _, m := range o {
		if err := j.name(m.Name); err != nil {
			return err
		}
		if err := j.value(m.Value); err != nil {
			return err
		}
	}
	return nil
}

// drain moves what is there to w.
func (j *jsonWriter) drain(w *bufio.Writer) error {
	_, err := j.buf.WriteTo(w)
	return err
}

// AppendString appends s as a JSON string, as an Appender needs it.
func AppendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= utf8.RuneSelf || c == '"' || c == '\\' {
			j := newJSONWriter()
			_ = j.value(s) // a string always encodes
			return append(b, j.buf.Bytes()...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}
