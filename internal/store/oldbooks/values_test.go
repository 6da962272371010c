package oldbooks

// values are what a made row has where not just any value will do.
func values() map[string]any {
	return map[string]any{
		"api_keys.permissions":          int64(15),
		"log_entries.level":             "Information",
		"log_entries.properties":        `{"a":"漢字"}`,
		"mail_contents.attachments":     `[]`,
		"mails.recipients":              `[{"address":"ada@example.com","state":"sent"}]`,
		"mails.state":                   "sent",
		"mails.next_at":                 nil,
		"mails.claimed_until":           nil,
		"sessions.kind":                 "login",
		"license_traces.action":         int64(3),
		"license_templates.order_terms": nil,
		"settings.sealed":               nil,
		"user_settings.type":            "string",
		"license_tokens.kind":           int64(1),
		"seat_pools.kind":               int64(1),
	}
}

// served are tables that only a server can fill in a way that makes sense.
func served() []string {
	return []string{"server_state", "licenses", "seat_pools", "license_tokens", "license_templates", "license_figures", "license_orders", "user_roles"}
}
