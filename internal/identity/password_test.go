package identity

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestPasswordVerifiesOnlyAgainstItsHash(t *testing.T) {
	t.Parallel()
	s := &Service{hasher: newHasher()}
	for _, password := range []string{"correct horse", "пароль пароль", strings.Repeat("x", 256)} {
		hash, err := s.HashPassword(t.Context(), password)
		if err != nil || !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") || strings.Contains(hash, password) {
			t.Fatalf("%q, %v", hash, err)
		}
		for guess, want := range map[string]bool{password: true, password + " ": false, "": false, strings.ToUpper(password): false} {
			if ok, err := s.VerifyPassword(t.Context(), hash, guess); err != nil || ok != want {
				t.Errorf("%q against the hash of %q: %v, %v", guess, password, ok, err)
			}
		}
		if again, err := s.HashPassword(t.Context(), password); err != nil || again == hash {
			t.Errorf("two hashes are equal: %v", err)
		}
	}
}

// The hash is one of the argon2 reference implementation's test vectors.
func TestForeignHashVerifies(t *testing.T) {
	t.Parallel()
	s := &Service{hasher: newHasher()}
	const hash = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	for password, want := range map[string]bool{"password": true, "Password": false} {
		if ok, err := s.VerifyPassword(t.Context(), hash, password); err != nil || ok != want {
			t.Errorf("%q: %v, %v", password, ok, err)
		}
	}
}

func TestUserWithoutAHashIsWorkedForButNeverLetIn(t *testing.T) {
	t.Parallel()
	s := &Service{hasher: newHasher()}
	for _, password := range []string{"", "admin", "a longer password"} {
		if ok, err := s.VerifyPassword(t.Context(), "", password); err != nil || ok {
			t.Errorf("%q: %v, %v", password, ok, err)
		}
	}
	// That the work is done shows in its waiting for a core.
	for range cap(s.hasher.slots) {
		s.hasher.slots <- struct{}{}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.VerifyPassword(ctx, "", "admin"); !errors.Is(err, context.Canceled) {
		t.Errorf("no work was done: %v", err)
	}
}

func TestHashingWaitsForACoreAndGivesUpWithItsCaller(t *testing.T) {
	t.Parallel()
	s := &Service{hasher: newHasher()}
	for range cap(s.hasher.slots) {
		s.hasher.slots <- struct{}{}
	}
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error)
	go func() {
		_, err := s.HashPassword(ctx, "12345678")
		result <- err
	}()
	cancel()
	if err := <-result; !errors.Is(err, context.Canceled) {
		t.Errorf("gave up with %v", err)
	}
	go func() {
		_, err := s.HashPassword(t.Context(), "12345678")
		result <- err
	}()
	<-s.hasher.slots
	if err := <-result; err != nil {
		t.Errorf("after a core was free: %v", err)
	}
	if got, want := len(s.hasher.slots), cap(s.hasher.slots)-1; got != want {
		t.Errorf("%d cores are taken, want %d", got, want)
	}
}

func TestDamagedHashesAreErrorsNotPanics(t *testing.T) {
	t.Parallel()
	s := &Service{hasher: newHasher()}
	const good = "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	if _, err := s.VerifyPassword(t.Context(), good, "x"); err != nil {
		t.Fatal(err)
	}
	for _, change := range [][2]string{
		{"argon2id", "argon2i"}, {"v=19", "v=16"}, {"m=64", "m=7"}, {"m=64", "m=4294967295"}, {"m=64", "m=-1"}, {"t=1", "t=0"},
		{"t=1", "t=99"}, {"p=1", "p=0"}, {"p=1", "p=256"}, {"p=1", "p=1,x=2"}, {",p=1", ""}, {"m=64,t=1", "t=1,m=64"},
		{"c29tZXNhbHQ", "c29t"}, {"c29tZXNhbHQ", "c29tZXNhbHQ="}, {"CTFh", "!TFh"}, {good[31:], ""}, {good, "plain text"}, {"$argon2id", "x$argon2id"},
	} {
		hash := strings.Replace(good, change[0], change[1], 1)
		if ok, err := s.VerifyPassword(t.Context(), hash, "x"); !errors.Is(err, errPHC) || ok {
			t.Errorf("%s: %v, %v", hash, ok, err)
		}
	}
}

func TestPHCSurvives(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := params{memory: rapid.Uint32Range(8, 256*1024).Draw(t, "m"), passes: rapid.Uint32Range(1, 16).Draw(t, "t"), threads: rapid.Uint8Range(1, 16).Draw(t, "p")}
		salt := rapid.SliceOfN(rapid.Byte(), 8, 64).Draw(t, "salt")
		sum := rapid.SliceOfN(rapid.Byte(), 16, 64).Draw(t, "sum")
		gotP, gotSalt, gotSum, err := parsePHC(formatPHC(p, salt, sum))
		if err != nil || gotP != p || !bytes.Equal(gotSalt, salt) || !bytes.Equal(gotSum, sum) {
			t.Fatalf("%+v %x %x, %v", gotP, gotSalt, gotSum, err)
		}
	})
}

func FuzzParsePHC(f *testing.F) {
	f.Add("$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc")
	f.Add("$$$$$")
	f.Fuzz(func(t *testing.T, text string) {
		p, salt, sum, err := parsePHC(text)
		if err != nil {
			return
		}
		if p.memory > 256*1024 || p.passes < 1 || p.passes > 16 || p.threads < 1 || p.threads > 16 || len(salt) > 64 || len(sum) > 64 {
			t.Errorf("%q passed as %+v", text, p)
		}
	})
}
