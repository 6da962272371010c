package oldbooks

// change is what a migration does on purpose to rows that were there before.
type change struct {
	by            int64  // the migration
	table, column string // column "": rows come and go
}

// changes are all of them. What is not here must outlast every upgrade.
func changes() []change {
	return []change{
		{3, "license_templates", "release_id"}, // it referred to nothing
	}
}

// derived are tables that the database itself keeps; what they must say is
// computed from others.
func derived() []string { return []string{"license_figures"} }
