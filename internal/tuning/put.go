package tuning

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/journal"
	"github.com/licet/licet/internal/settings"
	"github.com/licet/licet/internal/store"
)

// Change is what a caller wants of one setting.
type Change struct {
	Group, Name string
	Type        string // "": not said
	// Value is JSON. Null or nothing takes the setting back to its default; a
	// secret it leaves as it is, as settings.Mask does, and "" removes one.
	Value json.RawMessage
}

// edit is a change that was understood.
type edit struct {
	setting settings.Setting
	text    string
	reset   bool // to the default: the row goes
}

// maxChanges is more settings than there are.
const maxChanges = 1000

// errSame undoes a transaction that found nothing to change.
var errSame = errors.New("nothing changes")

// Put changes settings, all or none, and puts the result into force on this node
// before it returns. Faults: Invalid, naming the item, for what is unknown, twice
// there or no such value, and for a whole that does not go together; Conflict for
// a setting that the configuration pins.
func (s *Service) Put(ctx context.Context, changes []Change) error {
	edits, err := s.understand(changes)
	if err != nil || len(edits) == 0 {
		return err
	}
	var next *snapshot
	err = journal.Write(ctx, s.store, func(ctx context.Context, tx *store.Tx) (last journal.Entry, err error) {
		var entries []journal.Entry
		if next, entries, err = s.change(ctx, tx, edits); err != nil {
			return last, err
		}
		for _, e := range entries[:len(entries)-1] {
			if err := journal.Record(ctx, tx, e); err != nil {
				return last, err
			}
		}
		return entries[len(entries)-1], nil
	})
	if errors.Is(err, errSame) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("change the settings: %w", err)
	}
	s.publish(next)
	return nil
}

// change carries the edits out in tx. There is at least one entry, or errSame.
func (s *Service) change(ctx context.Context, tx *store.Tx, edits []edit) (*snapshot, []journal.Entry, error) {
	version, err := nextVersion(ctx, tx)
	if err != nil {
		return nil, nil, err
	}
	if err := s.sealer.Hold(ctx, tx); err != nil {
		return nil, nil, err
	}
	rows, err := readRows(ctx, tx)
	if err != nil {
		return nil, nil, err
	}
	before, err := s.textsOf(rows)
	if err != nil {
		return nil, nil, err
	}
	after, changed := maps.Clone(before), []edit(nil)
	for _, e := range edits {
		if e.apply(after) {
			changed = append(changed, e)
		}
	}
	if len(changed) == 0 {
		return nil, nil, errSame
	}
	if err := keepsSecrets(changed, edits, after); err != nil {
		return nil, nil, err
	}
	values, err := settings.Combine(after, s.pins)
	if err != nil {
		return nil, nil, fault.Bad("settings", "%s", err.Error())
	}
	entries := make([]journal.Entry, len(changed))
	for i, e := range changed {
		if err := s.save(ctx, tx, e); err != nil {
			return nil, nil, err
		}
		entries[i] = journal.Entry{
			At: s.clock.Read().Wall, Action: journal.Update, Entity: "setting", EntityID: e.setting.ID(),
			Details: e.details(before),
		}
	}
	return &snapshot{version: version, values: values}, entries, nil
}

// keepsSecrets refuses to send a stored secret to another place than it was given
// for: nobody can read it, so nobody shall have it sent to a place of their choice.
func keepsSecrets(changed, sent []edit, after map[string]string) error {
	for _, e := range changed {
		secret := e.setting.Guards
		again := func(e edit) bool { return e.setting.ID() == secret }
		if secret != "" && after[secret] != "" && !slices.ContainsFunc(sent, again) {
			return fault.Bad("settings", "%s decides who is shown %s: send that too", e.setting.ID(), secret)
		}
	}
	return nil
}

func (s *Service) save(ctx context.Context, tx *store.Tx, e edit) error {
	if e.reset {
		return remove(ctx, tx, e.setting)
	}
	return s.write(ctx, tx, e.setting, e.text)
}

// apply makes the edit in the stored texts and says whether it changed them.
func (e edit) apply(texts map[string]string) bool {
	old, stored := texts[e.setting.ID()]
	if e.reset {
		delete(texts, e.setting.ID())
		return stored
	}
	if !stored {
		old = e.setting.Default()
	}
	if e.text == old {
		return false
	}
	texts[e.setting.ID()] = e.text
	return true
}

// details tell what changed, for the audit.
func (e edit) details(before map[string]string) string {
	if e.setting.Type == settings.Secret {
		if e.reset {
			return "removed"
		}
		return "changed"
	}
	old, stored := before[e.setting.ID()]
	if !stored {
		old = e.setting.Default()
	}
	now := e.text
	if e.reset {
		now = e.setting.Default() + " (default)"
	}
	return old + " -> " + now
}

// understand finds the settings of the changes and reads their values. Pinned
// ones may be sent as they are, so that a list can be sent back as it was read.
func (s *Service) understand(changes []Change) ([]edit, error) {
	if len(changes) > maxChanges {
		return nil, fault.Bad("settings", "has %d items, %d is the most", len(changes), maxChanges)
	}
	now, seen := s.now.Load().values, map[string]bool{}
	var edits []edit
	for i, c := range changes {
		at := fmt.Sprintf("settings[%d]", i)
		set, err := find(at, c)
		if err != nil {
			return nil, err
		}
		if seen[set.ID()] {
			return nil, fault.Bad(at, "%s is there twice", set.ID())
		}
		seen[set.ID()] = true
		e, keep, err := read(set, c.Value)
		if err != nil {
			return nil, fault.Bad(at+".value", "%s: %s", set.ID(), err.Error())
		}
		if _, pinned := s.pins[set.Flag]; pinned {
			if !keep && (e.reset || e.text != set.Text(now)) {
				return nil, fault.New(fault.Conflict, "%s is given by --%s or its variable in the configuration; take it away there first", set.ID(), set.Flag)
			}
			continue
		}
		if !keep {
			edits = append(edits, e)
		}
	}
	return edits, nil
}

func find(at string, c Change) (settings.Setting, error) {
	if c.Group == "" {
		return settings.Setting{}, fault.Bad(at+".group", "is missing")
	}
	if c.Name == "" {
		return settings.Setting{}, fault.Bad(at+".name", "is missing")
	}
	if !settings.HasGroup(c.Group) {
		return settings.Setting{}, fault.Bad(at+".group", "there is no group %.80q", c.Group)
	}
	set, ok := settings.Find(c.Group, c.Name)
	if !ok {
		return settings.Setting{}, fault.Bad(at+".name", "there is no setting %.80q in group %.80q", c.Name, c.Group)
	}
	if c.Type != "" && !strings.EqualFold(c.Type, string(set.Type)) {
		return settings.Setting{}, fault.Bad(at+".type", "%s is of type %s", set.ID(), set.Type)
	}
	return set, nil
}

// read makes an edit of a value; keep says that it changes nothing.
func read(set settings.Setting, value json.RawMessage) (e edit, keep bool, err error) {
	e = edit{setting: set}
	if len(value) == 0 || string(value) == "null" {
		e.reset = true
		return e, set.Type == settings.Secret, nil
	}
	if e.text, err = set.FromJSON(value); err != nil {
		return e, false, err
	}
	if set.Type == settings.Secret {
		e.reset = e.text == ""
		return e, e.text == settings.Mask, nil
	}
	return e, false, nil
}
