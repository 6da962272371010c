package keyformat

import (
	"context"
	"crypto/rand"
	"fmt"
	"math/big"

	"github.com/licet/licet/internal/fault"
)

const (
	// randomTries is how many random keys Free tries before it walks.
	randomTries = 8
	// walkChunk is how many keys one look-up asks for.
	walkChunk = 256
	// maxWalk bounds how many combinations are walked; a larger space that is
	// full after randomTries draws is fuller than any books can be.
	maxWalk = 1 << 20
)

// Taken says which of keys are in use.
type Taken func(ctx context.Context, keys []string) (map[string]bool, error)

// Free returns a key of the format that is not in use. Random draws come
// first; where few combinations are left it walks all of them from a random
// start, so that the last free one is found too. None left is a Conflict fault.
func (f Format) Free(ctx context.Context, taken Taken) (string, error) {
	draws := make([]string, randomTries)
	for i := range draws {
		draws[i] = f.Random()
	}
	if key, err := firstFree(ctx, draws, taken); err != nil || key != "" {
		return key, err
	}
	total := f.combinations()
	if total.Cmp(big.NewInt(maxWalk)) > 0 {
		total = big.NewInt(maxWalk)
	}
	start, err := rand.Int(rand.Reader, total)
	if err != nil {
		return "", fmt.Errorf("draw a random start: %w", err)
	}
	n := total.Int64()
	for at := int64(0); at < n; at += walkChunk {
		var keys []string
		for i := at; i < min(at+walkChunk, n); i++ {
			keys = append(keys, f.nth(big.NewInt((start.Int64()+i)%n)))
		}
		if key, err := firstFree(ctx, keys, taken); err != nil || key != "" {
			return key, err
		}
	}
	return "", fault.New(fault.Conflict, "the key format %s has no free combination left", f.text)
}

func firstFree(ctx context.Context, keys []string, taken Taken) (string, error) {
	used, err := taken(ctx, keys)
	if err != nil {
		return "", err
	}
	for _, key := range keys {
		if !used[key] {
			return key, nil
		}
	}
	return "", nil
}
