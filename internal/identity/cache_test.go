package identity

import (
	"crypto/sha256"
	"fmt"
	"testing"
	"time"
)

func digestOf(i int) digest { return sha256.Sum256(fmt.Append(nil, i)) }

func TestCacheIsBounded(t *testing.T) {
	t.Parallel()
	c := newKeyCache(10)
	for i := range 1000 {
		c.put(digestOf(i), &verified{}, start, 0)
		if got, _ := c.get(digestOf(i), start); got == nil {
			t.Fatalf("key %d was not kept", i)
		}
		if len(c.entries) > 10 {
			t.Fatalf("%d keys are kept", len(c.entries))
		}
	}
}

func TestCacheKeepsNoReadFromBeforeAForgetting(t *testing.T) {
	t.Parallel()
	c := newKeyCache(10)
	_, epoch := c.get(digestOf(1), start)
	c.forget(func(*verified) bool { return false })
	c.put(digestOf(1), &verified{}, start, epoch)
	if got, _ := c.get(digestOf(1), start); got != nil {
		t.Error("a read that may be older than the change was kept")
	}
	_, epoch = c.get(digestOf(1), start)
	c.put(digestOf(1), &verified{}, start, epoch)
	if got, _ := c.get(digestOf(1), start.Add(cacheFor-1)); got == nil {
		t.Error("a read from after the change was not kept")
	}
	if got, _ := c.get(digestOf(1), start.Add(cacheFor)); got != nil {
		t.Error("a key is believed for too long")
	}
}

func TestForgetKeyLeavesOthers(t *testing.T) {
	t.Parallel()
	s := &Service{cache: newKeyCache(10)}
	for i := range 3 {
		s.cache.put(digestOf(i), &verified{principal: Principal{KeyID: int64(i)}}, start, 0)
	}
	s.ForgetKey(1)
	for i := range 3 {
		if got, _ := s.cache.get(digestOf(i), start.Add(time.Second)); (got == nil) != (i == 1) {
			t.Errorf("key %d: %v", i, got)
		}
	}
}
