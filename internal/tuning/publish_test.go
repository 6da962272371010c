package tuning

import (
	"errors"
	"strings"
	"testing"
)

// TestAnOlderSnapshotIsNotPublished: a node that was slow to read must not take
// back what was changed meanwhile.
func TestAnOlderSnapshotIsNotPublished(t *testing.T) {
	t.Parallel()
	s := &Service{}
	for _, version := range []int64{1, 3, 2, 3} {
		next := &snapshot{version: version}
		next.values.Email.Port = int(version)
		s.publish(next)
	}
	if got := s.now.Load(); got.version != 3 || got.values.Email.Port != 3 {
		t.Errorf("in force is version %d", got.version)
	}
}

// TestWhatGoesOnIsToldOnce: a node that cannot follow asks every three seconds.
func TestWhatGoesOnIsToldOnce(t *testing.T) {
	t.Parallel()
	var told []string
	tell := anew(func(err error) { told = append(told, err.Error()[len("take over the settings: "):]) })
	for _, text := range []string{"a", "a", "b", "b", "", "b", "a"} {
		var err error
		if text != "" {
			err = errors.New(text)
		}
		tell(err)
	}
	if got := strings.Join(told, " "); got != "a b b a" {
		t.Errorf("told %s", got)
	}
}
