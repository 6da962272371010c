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

// maxAnswer bounds what is read of an answer. A license document travels as an
// array of numbers, four bytes to the byte, so this is a document of 2 MiB.
const maxAnswer = 8 << 20

// answer is the wire form of what a call returns. complete tells an answer of
// the server from other JSON: an empty object must not grant a seat.
type answer interface{ complete() error }

// post makes a call of the licensing API, with retries.
func post[A answer](ctx context.Context, c *Client, retry Retry, path string, body any) (A, time.Time, error) {
	sent, err := json.Marshal(body)
	if err != nil {
		var none A
		return none, time.Time{}, fmt.Errorf("encode the request: %w", err)
	}
	return exchange[A](ctx, c, retry, http.MethodPost, path, sent)
}

// exchange tries until there is an answer, and returns it with the time that
// the server put on it.
func exchange[A answer](ctx context.Context, c *Client, retry Retry, method, path string, body []byte) (A, time.Time, error) {
	for attempt := 1; ; attempt++ {
		got, at, err := once[A](ctx, c, method, path, body)
		if err == nil {
			return got, at, nil
		}
		d, again := retry.wait(attempt, err)
		if !again {
			return got, time.Time{}, err
		}
		if stop := pause(ctx, d); stop != nil {
			return got, time.Time{}, &Error{Code: Unreachable, cause: stop,
				Message: fmt.Sprintf("gave up after attempt %d (%v)", attempt, err)}
		}
	}
}

// once makes one attempt. A value decoded from a bad answer is thrown away.
func once[A answer](ctx context.Context, c *Client, method, path string, body []byte) (got A, at time.Time, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return got, at, fmt.Errorf("make a request to %s: %w", path, err)
	}
	req.Header = c.header.Clone()
	req.Header.Set("Accept", "application/json, application/problem+json")
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return got, at, unreachable(path, err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return got, at, unreachable(path, err)
	}
	if resp.StatusCode != http.StatusOK {
		return got, at, refused(resp, raw)
	}
	var fresh A
	if err := decode(raw, &fresh); err != nil {
		return got, at, malformed(resp, err.Error())
	}
	at, _ = http.ParseTime(resp.Header.Get("Date")) // absent or odd: zero, as documented on Grant
	return fresh, at, nil
}

func decode[A answer](raw []byte, into *A) error {
	if len(raw) > maxAnswer {
		return fmt.Errorf("the answer is longer than %d bytes", maxAnswer)
	}
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
