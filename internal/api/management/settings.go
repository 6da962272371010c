package management

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/httpx"
	"github.com/licet/licet/internal/settings"
	"github.com/licet/licet/internal/tuning"
)

// shownSetting is a setting in an answer. ReadOnly is our addition.
type shownSetting struct {
	Group    string        `json:"group"`
	Name     string        `json:"name"`
	Type     settings.Type `json:"type"`
	Value    any           `json:"value"`
	ReadOnly bool          `json:"readOnly"`
}

type settingsAnswer struct {
	status
	Settings []shownSetting `json:"settings"`
}

type settingsQuery struct {
	Request string `query:"request" doc:"Groups or settings with commas between (Licensing,Email.Host), or a JSON object {\"group\":…,\"name\":…}; all when left out"`
}

// sentSetting is a setting in a request.
type sentSetting struct {
	Group string          `json:"group"`
	Name  string          `json:"name"`
	Type  string          `json:"type"`
	Value json.RawMessage `json:"value"`
}

type settingsChange struct {
	Settings *[]sentSetting `json:"settings"`
}

func settingOperations(d Deps, r roles) []httpx.Operation {
	return []httpx.Operation{
		op(http.MethodGet, "/v1/settings", "Show the settings", httpx.Roles(r.admin...),
			func(ctx context.Context, q *settingsQuery) (*settingsAnswer, error) {
				shown, err := d.Settings.List(ctx, q.Request)
				if err != nil {
					return nil, err
				}
				answer := &settingsAnswer{status: status{Success: true}, Settings: make([]shownSetting, len(shown))}
				for i, s := range shown {
					answer.Settings[i] = shownSetting(s)
				}
				return answer, nil
			}).WithDescription("Types: bool, int, string, duration ([d.]hh:mm:ss) and secret. A secret is never shown: its value is ******** where one is set and null where none is. readOnly settings are given by the configuration."),
		op(http.MethodPut, "/v1/settings", "Change settings", httpx.Roles(r.admin...),
			func(ctx context.Context, body *settingsChange) (*status, error) {
				if body.Settings == nil {
					return nil, fault.Bad("settings", "is missing")
				}
				changes := make([]tuning.Change, len(*body.Settings))
				for i, s := range *body.Settings {
					changes[i] = tuning.Change(s)
				}
				if err := d.Settings.Put(ctx, changes); err != nil {
					return nil, err
				}
				return &status{Success: true}, nil
			}).WithDescription("All or none of them; settings that are not sent stay. In force at once on this server, within 5 seconds on others that share the database. A value may be of its JSON type or a string that says it; durations may also be written as 5m. Null takes a setting back to its default and leaves a secret as it is; \"\" removes a secret."),
	}
}
