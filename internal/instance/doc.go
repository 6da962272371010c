// Package instance keeps what the instances API shows: regulatory licenses with
// their score groups, projects, and instances, which are one project's license
// of a kind from an organisation, with their periods.
//
//	Caller + what was sent ─> book (door, merge, judge, references and rights, write, audit; one transaction)
//	Search ─> condition and sort (package query) + what the caller may see ─> streamed list
//
// Who may what: the vendor's staff everything or reading, by their role; all
// others what their memberships say. A member sees their organisations, those'
// instances and projects, and every license as a catalogue; an administrator of
// an active organisation writes its instances and projects. What a caller may
// not see is answered exactly as what is not there.
//
// Organisations themselves are package org's, which other surfaces write too.
// That is why this package is one of its own above it, and not a part of it.
//
// It must never run a script of a license, nor have anything to do with seats.
package instance
