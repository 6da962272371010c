package vault_test

import (
	"bytes"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"github.com/licet/licet/internal/vault"
)

func newVault(t *testing.T, fill byte) *vault.Vault {
	t.Helper()
	v, err := vault.New(bytes.Repeat([]byte{fill}, vault.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestNewWantsTheKeySize(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 16, 24, 31, 33, 64} {
		if _, err := vault.New(make([]byte, n)); err == nil {
			t.Errorf("a key of %d bytes was taken", n)
		}
	}
}

func TestSealedValueOpensOnlyWholeAndInItsPlace(t *testing.T) {
	t.Parallel()
	v, other := newVault(t, 1), newVault(t, 2)
	rapid.Check(t, func(t *rapid.T) {
		plain := rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, "plain")
		place := rapid.String().Draw(t, "context")
		sealed := v.Seal(plain, place)

		if got, err := v.Open(sealed, place); err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("open: %x, %v; want %x", got, err, plain)
		}
		if len(plain) >= 8 && bytes.Contains(sealed, plain) {
			t.Fatal("the plain value shows in the sealed one")
		}
		if bytes.Equal(sealed, v.Seal(plain, place)) {
			t.Fatal("sealing twice gave the same value")
		}
		refuse := func(what string, v *vault.Vault, sealed []byte, place string) {
			if got, err := v.Open(sealed, place); !errors.Is(err, vault.ErrSealed) || got != nil {
				t.Fatalf("%s: %x, %v", what, got, err)
			}
		}
		flipped := bytes.Clone(sealed)
		flipped[rapid.IntRange(0, len(sealed)-1).Draw(t, "at")] ^= byte(rapid.IntRange(1, 255).Draw(t, "bits"))
		refuse("a changed byte", v, flipped, place)
		refuse("cut off", v, sealed[:rapid.IntRange(0, len(sealed)-1).Draw(t, "length")], place)
		refuse("longer", v, append(bytes.Clone(sealed), 0), place)
		refuse("another context", v, sealed, place+"x")
		refuse("another key", other, sealed, place)
	})
}

func FuzzOpen(f *testing.F) {
	v, err := vault.New(make([]byte, vault.KeySize))
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(nil), "")
	f.Add([]byte{1}, "a")
	f.Add(make([]byte, 40), "b")
	f.Fuzz(func(t *testing.T, sealed []byte, place string) {
		if _, err := v.Open(sealed, place); !errors.Is(err, vault.ErrSealed) {
			t.Errorf("open of foreign bytes: %v", err)
		}
	})
}
