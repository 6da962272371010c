package tuning

import "testing"

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
