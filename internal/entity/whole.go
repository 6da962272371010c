package entity

import (
	"fmt"
	"strconv"
	"strings"
)

// Whole is a whole number that a caller may also write as text: 90 or "90".
// The orders' pages type some numbers as strings, and answer most as such.
type Whole int64

// UnmarshalJSON reads a number without fraction or exponent, bare or quoted.
func (w *Whole) UnmarshalJSON(b []byte) error {
	text := string(b)
	if text == "null" {
		return nil
	}
	if len(text) > 1 && text[0] == '"' && text[len(text)-1] == '"' {
		text = text[1 : len(text)-1]
	}
	digits := strings.TrimPrefix(text, "-")
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return fmt.Errorf("expected a whole number, got %.40s", b)
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return fmt.Errorf("the number %.40s is out of range", digits)
	}
	*w = Whole(n)
	return nil
}
