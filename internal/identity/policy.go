package identity

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/licet/licet/internal/entity"
)

// What a password may have: characters at least, bytes at most.
const (
	minPassword = 8
	maxPassword = 1024
)

// checkPassword refuses a password that is guessed first, or is no text. As
// NIST SP 800-63B advises, there are no rules about kinds of characters.
func checkPassword(userName, password string) error {
	switch {
	case !utf8.ValidString(password):
		return errors.New("must be valid UTF-8")
	case utf8.RuneCountInString(password) < minPassword:
		return fmt.Errorf("must have at least %d characters", minPassword)
	case len(password) > maxPassword:
		return fmt.Errorf("must have at most %d bytes", maxPassword)
	case strings.ContainsFunc(password, unicode.IsControl):
		return errors.New("must have no control characters")
	case entity.Fold(password) == entity.Fold(userName):
		return errors.New("must not be the user name")
	case tooCommon(password):
		return errors.New("is one of the passwords that are tried first; choose another")
	}
	return nil
}

// tooCommon knows what leads the lists of leaked passwords, one character or a
// short piece again and again, and rows of the keyboard.
func tooCommon(password string) bool {
	folded := entity.Fold(password)
	for n := 1; n <= 3; n++ {
		if len(folded)%n == 0 && strings.Repeat(folded[:n], len(folded)/n) == folded {
			return true
		}
	}
	for _, row := range []string{"01234567890123456789", "98765432109876543210", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm", "1q2w3e4r5t6y7u8i9o0p"} {
		if strings.Contains(row, folded) {
			return true
		}
	}
	return slices.Contains([]string{
		"password", "passwort", "passw0rd", "p@ssw0rd", "p@ssword", "password1", "password12", "password123", "password!", "password1!",
		"administrator", "admin123", "admin1234", "changeme", "changeme1", "letmein1", "welcome1", "welcome123", "iloveyou", "iloveyou1",
		"sunshine", "princess", "football", "baseball", "superman", "trustno1", "starwars", "computer", "internet", "michelle",
		"jennifer", "whatever", "qwerty123", "qwerty12", "qwertz123", "abcd1234", "abc12345", "1234abcd", "a1b2c3d4", "1qaz2wsx",
		"zaq12wsx", "q1w2e3r4", "test1234", "secret123", "dragon123", "monkey123", "master123", "hello123", "default1", "licet123",
	}, folded)
}
