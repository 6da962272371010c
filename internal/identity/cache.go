package identity

import (
	"crypto/sha256"
	"sync"
	"time"
)

const (
	// cacheFor is how long a verified credential is believed, and so how late
	// another node's revocation may be seen.
	cacheFor = 5 * time.Second
	// cachedKeys bounds how many are believed at once.
	cachedKeys = 4096
)

// digest is the SHA-256 of a key, token or secret.
type digest = [sha256.Size]byte

// keyCache holds keys and session tokens that were verified within cacheFor, by
// their digest. Only those that exist get in, so guessing cannot fill it.
type keyCache struct {
	limit int

	mu      sync.RWMutex
	entries map[digest]cachedKey
	epoch   uint64 // counts forgettings
}

type cachedKey struct {
	key    *verified
	readAt time.Time // lease time before the books were read
}

func newKeyCache(limit int) *keyCache {
	return &keyCache{limit: limit, entries: make(map[digest]cachedKey)}
}

// get returns a key read within cacheFor before now, and the epoch to put with.
func (c *keyCache) get(d digest, now time.Time) (*verified, uint64) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if e, ok := c.entries[d]; ok && now.Sub(e.readAt) < cacheFor {
		return e.key, c.epoch
	}
	return nil, c.epoch
}

// put keeps a key that was read after get returned epoch. If anything was
// forgotten since, the read may be older than the change: it is not kept.
func (c *keyCache) put(d digest, key *verified, readAt time.Time, epoch uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if epoch != c.epoch {
		return
	}
	if len(c.entries) >= c.limit {
		clear(c.entries) // everything is read again in seconds anyway
	}
	c.entries[d] = cachedKey{key: key, readAt: readAt}
}

// forget drops the entries that match.
func (c *keyCache) forget(match func(*verified) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.epoch++
	for d, e := range c.entries {
		if match(e.key) {
			delete(c.entries, d)
		}
	}
}
