// Package demo walks a running server through the life of two licenses and
// tells in plain words what happens, so that a newcomer sees it in a minute.
//
//	Walk ── management API: product, template, licenses
//	     ── licensing API, through package client: a node-locked license, a floating one
//	     ── undo, newest first: seats given back, books as they were
//
// It uses the server as any stranger would: over HTTP with an API key, without
// a package of the server. Every step is checked, also the denials; the first
// that goes otherwise ends the walk with an error, after the undoing. It must
// never touch what it did not make, and says what it could not remove.
package demo
