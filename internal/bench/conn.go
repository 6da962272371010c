package bench

import (
	"bytes"
	"fmt"
	"net"
	"strconv"
	"time"
)

// callTime is how long one answer may take before the run is given up.
const callTime = 30 * time.Second

// conn is one keep-alive connection. It reads just enough of HTTP/1.1 for
// answers with a Content-Length, which both servers send.
type conn struct {
	net net.Conn
	buf []byte
}

func dial(addr string) (*conn, error) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	return &conn{net: c, buf: make([]byte, 64<<10)}, nil
}

var (
	headEnd    = []byte("\r\n\r\n")
	lengthMark = []byte("\r\nContent-Length: ")
)

// call sends a request and returns status and body; the body is good until the
// next call.
func (c *conn) call(request []byte) (status int, body []byte, err error) {
	if _, err := c.net.Write(request); err != nil {
		return 0, nil, fmt.Errorf("send: %w", err)
	}
	n, head := 0, -1
	for head < 0 {
		if n == len(c.buf) {
			return 0, nil, fmt.Errorf("the answer's head is longer than %d bytes", n)
		}
		m, err := c.net.Read(c.buf[n:])
		if err != nil {
			return 0, nil, fmt.Errorf("receive: %w", err)
		}
		n += m
		head = bytes.Index(c.buf[:n], headEnd)
	}
	status, length, err := parseHead(c.buf[:head+2])
	if err != nil {
		return 0, nil, err
	}
	end := head + len(headEnd) + length
	if end > len(c.buf) {
		return 0, nil, fmt.Errorf("the answer is longer than %d bytes", len(c.buf))
	}
	for n < end {
		m, err := c.net.Read(c.buf[n:end])
		if err != nil {
			return 0, nil, fmt.Errorf("receive: %w", err)
		}
		n += m
	}
	return status, c.buf[head+len(headEnd) : end], nil
}

// parseHead reads a head that ends with its last line's CRLF.
func parseHead(head []byte) (status, length int, err error) {
	const statusAt = len("HTTP/1.1 ")
	if len(head) < statusAt+3 {
		return 0, 0, fmt.Errorf("not an answer: %.40q", head)
	}
	if status, err = strconv.Atoi(string(head[statusAt : statusAt+3])); err != nil {
		return 0, 0, fmt.Errorf("not an answer: %.40q", head)
	}
	_, rest, found := bytes.Cut(head, lengthMark)
	value, _, ends := bytes.Cut(rest, headEnd[:2])
	length, err = strconv.Atoi(string(value))
	if !found || !ends || err != nil || length < 0 {
		return 0, 0, fmt.Errorf("an answer without a length, status %d", status)
	}
	return status, length, nil
}
