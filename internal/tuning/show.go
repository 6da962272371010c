package tuning

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/settings"
)

// Shown is a setting as it may be shown.
type Shown struct {
	Group, Name string
	Type        settings.Type
	Value       any  // bool, json.Number or string; a secret is settings.Mask, or nil where none is set
	ReadOnly    bool // the configuration pins it
}

// List shows the settings in force in the order of their declaration. Query
// narrows it: groups ("Licensing"), settings ("Email.Host") or several of both
// with commas between, or a JSON object {"group":…,"name":…}; "" is all. What is
// unknown is an Invalid fault.
func (s *Service) List(ctx context.Context, query string) ([]Shown, error) {
	wanted, err := parseQuery(query)
	if err != nil {
		return nil, err
	}
	if err := s.Refresh(ctx); err != nil && !errors.Is(err, errUnfit) { // then what is shown is in force none the less
		return nil, err
	}
	now, list := s.now.Load().values, []Shown{}
	for _, set := range settings.All() {
		if !slices.ContainsFunc(wanted, func(name string) bool { return isOf(set, name) }) {
			continue
		}
		_, pinned := s.pins[set.Flag]
		list = append(list, Shown{Group: set.Group, Name: set.Name, Type: set.Type, Value: set.Show(now), ReadOnly: pinned})
	}
	return list, nil
}

// isOf says whether a setting is meant by its id, its group's name, or "".
func isOf(set settings.Setting, name string) bool {
	return name == "" || strings.EqualFold(name, set.Group) || strings.EqualFold(name, set.ID())
}

// queryField is the parameter of the published page.
const queryField = "request"

func parseQuery(query string) ([]string, error) {
	names := strings.Split(query, ",")
	if strings.HasPrefix(strings.TrimSpace(query), "{") {
		var object struct{ Group, Name string }
		if err := json.Unmarshal([]byte(query), &object); err != nil {
			return nil, fault.Bad(queryField, `expected an object such as {"group":"Licensing"}`)
		}
		if object.Group == "" && object.Name != "" {
			return nil, fault.Bad(queryField, "has a name without a group")
		}
		names = []string{object.Group}
		if object.Name != "" {
			names[0] += "." + object.Name
		}
	}
	for i, name := range names {
		names[i] = strings.TrimSpace(name)
		known := slices.ContainsFunc(settings.All(), func(set settings.Setting) bool { return isOf(set, names[i]) })
		if !known || names[i] == "" && len(names) > 1 {
			return nil, fault.Bad(queryField, "there is no setting or group %.80q", names[i])
		}
	}
	return names, nil
}
