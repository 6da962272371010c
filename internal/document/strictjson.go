package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/licet/licet/internal/entity"
)

// stringMembers reads one JSON object; a member that is no string reads as "".
func stringMembers(raw []byte) (map[string]string, error) {
	var all map[string]any
	if err := uniqueMembers(raw); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(raw, &all); err != nil {
		return nil, err
	}
	members := make(map[string]string, len(all))
	for name, value := range all {
		members[name], _ = value.(string)
	}
	return members, nil
}

// uniqueMembers accepts one JSON object in which no object says a thing twice.
// encoding/json would keep the last, and take NAME for name; another reader may
// keep the first. Only the names of properties are a caller's own: they may
// differ in case alone.
func uniqueMembers(raw []byte) error {
	if !utf8.Valid(raw) {
		return errors.New("not valid UTF-8")
	}
	if !bytes.HasPrefix(bytes.TrimLeft(raw, " \t\r\n"), []byte("{")) {
		return errors.New("not a JSON object")
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	if err := uniqueBelow(d, "", 0); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the JSON object")
	}
	return nil
}

// uniqueBelow takes one value, that of the named member.
func uniqueBelow(d *json.Decoder, member string, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("nested more than %d deep", maxDepth)
	}
	open, err := d.Token()
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for open == json.Delim('{') && d.More() {
		token, err := d.Token()
		if err != nil {
			return err
		}
		name, _ := token.(string)
		key := name
		if member != "properties" {
			key = entity.Fold(name)
		}
		if seen[key] {
			return fmt.Errorf("member %.40q occurs twice", name)
		}
		seen[key] = true
		if err := uniqueBelow(d, name, depth+1); err != nil {
			return err
		}
	}
	for open == json.Delim('[') && d.More() {
		if err := uniqueBelow(d, "", depth+1); err != nil {
			return err
		}
	}
	if _, is := open.(json.Delim); is {
		_, err = d.Token() // the end that fits, or an error
	}
	return err
}
