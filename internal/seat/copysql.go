package seat

// The node-locked copy of an activation is a licenses row with a parent, no
// user key and no pools. It repeats what the document states, and refers to
// nothing, so that it never keeps a template or customer from being deleted.
const (
	copiedColumns = `license_id, license_type, format, description, issue_date, expire_date, support_expire_date,
		revoked, max_allowed_sites, licensing_mode, licensee_name, licensee_company, licensee_email, meta,
		product, licensee, components, assemblies, fields, features, revision`

	// insertCopy takes (license id, now, document, hash, restrictions).
	insertCopy = `INSERT INTO licenses (` + copiedColumns + `, parent_id, created_at, updated_at, license_key, hash, restrictions)
		SELECT ` + copiedColumns + `, id, ?2, ?2, ?3, ?4, ?5 FROM licenses WHERE id = ?1`

	// refreshCopy takes (copy id, document, hash, restrictions).
	refreshCopy = `UPDATE licenses SET (` + copiedColumns + `) =
			(SELECT ` + copiedColumns + ` FROM licenses p WHERE p.id = licenses.parent_id),
			license_key = ?2, hash = ?3, restrictions = ?4
		WHERE id = ?1`
)
