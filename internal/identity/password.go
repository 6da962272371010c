package identity

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/argon2"

	"github.com/licet/licet/internal/fault"
)

// params are the costs of an argon2id hash.
type params struct {
	memory  uint32 // KiB
	passes  uint32
	threads uint8
}

// costs are those of new hashes, as OWASP advises: 19 MiB, two passes.
func costs() params { return params{memory: 19 * 1024, passes: 2, threads: 1} }

// Lengths of new hashes, in bytes.
const (
	saltSize = 16
	hashSize = 32
)

// maxWaiting is how many passwords may wait for a free core. Each takes its
// request's memory; what is beyond would wait for seconds.
const maxWaiting = 256

// busyFor is when to try again where too many wait.
const busyFor = 2 * time.Second

// hasher bounds how many passwords are hashed at once, since each takes a core
// and costs().memory, and how many wait for it.
type hasher struct {
	costs   params // of new hashes
	slots   chan struct{}
	most    int64 // may wait
	waiting atomic.Int64
}

func newHasher() *hasher {
	return &hasher{costs: costs(), slots: make(chan struct{}, runtime.GOMAXPROCS(0)), most: maxWaiting}
}

// enter waits for a free core. A caller whose context ends first leaves; one
// who finds too many waiting is sent away with an Unavailable fault.
func (h *hasher) enter(ctx context.Context) (leave func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if h.waiting.Add(1) > h.most {
		h.waiting.Add(-1)
		f := fault.New(fault.Unavailable, "too many passwords are being checked now; try again")
		f.Retry = busyFor
		return nil, f
	}
	defer h.waiting.Add(-1)
	select {
	case h.slots <- struct{}{}:
		return func() { <-h.slots }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// HashPassword returns the PHC string to keep for a password.
func (s *Service) HashPassword(ctx context.Context, password string) (string, error) {
	leave, err := s.hasher.enter(ctx)
	if err != nil {
		return "", fmt.Errorf("hash a password: %w", err)
	}
	defer leave()
	salt := make([]byte, saltSize)
	_, _ = rand.Read(salt) // never fails since Go 1.24
	return formatPHC(s.hasher.costs, salt, derive(password, salt, s.hasher.costs, hashSize)), nil
}

func derive(password string, salt []byte, p params, size uint32) []byte {
	return argon2.IDKey([]byte(password), salt, p.passes, p.memory, p.threads, size)
}

// VerifyPassword says whether password is the one that hash was made of. The
// hash "" is that of a user who is unknown or has no password: it takes as long
// and is always false, so that the time tells nobody which users exist.
func (s *Service) VerifyPassword(ctx context.Context, hash, password string) (bool, error) {
	leave, err := s.hasher.enter(ctx)
	if err != nil {
		return false, fmt.Errorf("verify a password: %w", err)
	}
	defer leave()
	return s.hasher.verify(hash, password)
}

// verify is VerifyPassword for who has a core already.
func (h *hasher) verify(hash, password string) (bool, error) {
	known := hash != ""
	if !known {
		hash = formatPHC(h.costs, make([]byte, saltSize), make([]byte, hashSize))
	}
	p, salt, want, err := parsePHC(hash)
	if err != nil {
		return false, fmt.Errorf("verify a password: %w", err)
	}
	got := derive(password, salt, p, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1 && known, nil
}

func formatPHC(p params, salt, sum []byte) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s",
		argon2.Version, p.memory, p.passes, p.threads, b64.EncodeToString(salt), b64.EncodeToString(sum))
}

var errPHC = errors.New("the stored hash is not a PHC string of argon2id within the limits")

// parsePHC reads what formatPHC wrote. Costs far from ours are refused: a
// damaged row must not take all memory.
func parsePHC(text string) (p params, salt, sum []byte, err error) {
	parts := strings.Split(text, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != "v="+strconv.Itoa(argon2.Version) {
		return params{}, nil, nil, errPHC
	}
	if p, err = parseCosts(parts[3]); err != nil {
		return params{}, nil, nil, err
	}
	b64 := base64.RawStdEncoding.Strict()
	salt, saltErr := b64.DecodeString(parts[4])
	sum, sumErr := b64.DecodeString(parts[5])
	if saltErr != nil || sumErr != nil || len(salt) < 8 || len(salt) > 64 || len(sum) < 16 || len(sum) > 64 {
		return params{}, nil, nil, errPHC
	}
	return p, salt, sum, nil
}

func parseCosts(text string) (params, error) {
	var costs [3]uint64
	fields := strings.Split(text, ",")
	if len(fields) != len(costs) {
		return params{}, errPHC
	}
	for i, name := range []string{"m=", "t=", "p="} {
		number, ok := strings.CutPrefix(fields[i], name)
		n, err := strconv.ParseUint(number, 10, 32)
		if !ok || err != nil {
			return params{}, errPHC
		}
		costs[i] = n
	}
	m, t, p := costs[0], costs[1], costs[2]
	if m < 8 || m > 256*1024 || t < 1 || t > 16 || p < 1 || p > 16 {
		return params{}, errPHC
	}
	return params{memory: uint32(m), passes: uint32(t), threads: uint8(p)}, nil
}
