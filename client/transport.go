package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// What is read of an answer at most, in bytes. A license document travels as an
// array of numbers, four bytes to the byte, so maxAnswer is a document of 2 MiB.
// Info lists every seat in some hundred bytes, so maxInfo is a million seats.
const (
	maxAnswer = 8 << 20
	maxInfo   = 512 << 20
)

// headerOfLease says how long a seat lives from the moment the server judged
// it, in seconds: 899.999871.
const headerOfLease = "X-Licet-Lease"

// answer is the wire form of what a call returns. complete tells an answer of
// the server from other JSON: an empty object must not grant a seat.
type answer interface{ complete() error }

// call is what is asked of the server.
type call struct {
	method, path string
	body         []byte
	longest      int64 // bytes that the answer may have
	// refusal reads an answer other than 200.
	refusal func(*http.Response, []byte) *Error
}

// stamp is what the headers of an answer say about time.
type stamp struct {
	date  time.Time     // zero: absent or odd
	lease time.Duration // 0: absent or odd
}

// post makes a call of the licensing API, with retries.
func post[A answer](ctx context.Context, c *Client, retry Retry, path string, longest int64, body any) (A, stamp, error) {
	sent, err := json.Marshal(body)
	if err != nil {
		var none A
		return none, stamp{}, fmt.Errorf("encode the request: %w", err)
	}
	return exchange[A](ctx, c, retry, call{http.MethodPost, path, sent, longest, refused})
}

// exchange tries until there is an answer, and returns it with the times that
// the server put on it.
func exchange[A answer](ctx context.Context, c *Client, retry Retry, asked call) (A, stamp, error) {
	for attempt := 1; ; attempt++ {
		got, at, err := once[A](ctx, c, asked)
		if err == nil {
			return got, at, nil
		}
		d, again := retry.wait(attempt, err)
		if !again {
			return got, stamp{}, err
		}
		if stop := pause(ctx, d); stop != nil {
			return got, stamp{}, &Error{Code: Unreachable, cause: stop,
				Message: fmt.Sprintf("gave up after attempt %d (%v)", attempt, err)}
		}
	}
}

// once makes one attempt. A value decoded from a bad answer is thrown away.
func once[A answer](ctx context.Context, c *Client, asked call) (got A, at stamp, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, asked.method, c.base+asked.path, bytes.NewReader(asked.body))
	if err != nil {
		return got, at, fmt.Errorf("make a request to %s: %w", asked.path, err)
	}
	req.Header = c.header.Clone()
	req.Header.Set("Accept", "application/json, application/problem+json")
	if asked.method == http.MethodPost {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return got, at, unreachable(asked.path, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		raw, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
		if err != nil {
			return got, at, unreachable(asked.path, err)
		}
		return got, at, asked.refusal(resp, raw)
	}
	if resp.ContentLength > asked.longest {
		return got, at, tooLong(resp, asked.longest)
	}
	raw, err := io.ReadAll(io.LimitReader(resp.Body, asked.longest+1))
	if err != nil {
		return got, at, unreachable(asked.path, err)
	}
	if int64(len(raw)) > asked.longest {
		return got, at, tooLong(resp, asked.longest)
	}
	var fresh A
	if err := decode(raw, &fresh); err != nil {
		return got, at, malformed(resp, err.Error())
	}
	date, _ := http.ParseTime(resp.Header.Get("Date"))
	return fresh, stamp{date, headerLease(resp.Header)}, nil
}

func decode[A answer](raw []byte, into *A) error {
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("the answer is not the documented JSON: %w", err)
	}
	return (*into).complete()
}

// unreachable keeps the reason and drops net/http's repetition of the address,
// which may show a prefix that is not meant for a user's eyes.
func unreachable(path string, err error) *Error {
	reason := err
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		reason = wrapped.Err
	}
	return &Error{Code: Unreachable, Message: fmt.Sprintf("%s: %v", path, reason), cause: reason}
}

func malformed(resp *http.Response, why string) *Error {
	return &Error{
		Status: resp.StatusCode, Code: Malformed, Message: why,
		RetryAfter: headerSeconds(resp.Header), RequestID: requestID(resp.Header),
	}
}

func tooLong(resp *http.Response, longest int64) *Error {
	return &Error{
		Status: resp.StatusCode, Code: AnswerTooLong, RequestID: requestID(resp.Header),
		Message: fmt.Sprintf("the answer is longer than %d bytes", longest),
	}
}

// problem is an RFC 9457 answer with the members that the server adds.
type problem struct {
	Title             string  `json:"title"`
	Detail            string  `json:"detail"`
	Code              Code    `json:"code"`
	Field             string  `json:"field"`
	ActiveClientCount int64   `json:"activeClientCount"`
	MaxClientCount    int64   `json:"maxClientCount"`
	RetryAfter        float64 `json:"retryAfter"` // seconds
}

// refused reads an answer other than 200. Only a problem document is the
// server's own: a proxy's page is malformed, whatever its status.
func refused(resp *http.Response, raw []byte) *Error {
	media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if !strings.EqualFold(media, "application/problem+json") {
		return malformed(resp, fmt.Sprintf("the answer is not a problem document but %.60q", media))
	}
	var p problem
	if err := json.Unmarshal(raw, &p); err != nil {
		return malformed(resp, fmt.Sprintf("the answer is not a readable problem document: %v", err))
	}
	message := p.Detail
	if message == "" {
		message = p.Title
	}
	wait := headerSeconds(resp.Header)
	if wait == 0 && p.RetryAfter > 0 {
		wait = seconds(p.RetryAfter)
	}
	return &Error{
		Status: resp.StatusCode, Code: p.Code, Message: message, Field: p.Field,
		ActiveClientCount: p.ActiveClientCount, MaxClientCount: p.MaxClientCount,
		RetryAfter: wait, RequestID: requestID(resp.Header),
	}
}

func requestID(h http.Header) string { return h.Get("X-Request-Id") }
