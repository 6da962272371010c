// Package licensing is the surface that applications speak: the seven calls of
// POST /v1/license/*, as pages/licensing.txt of the published reference has them.
//
// Quirks kept: times and durations are {"seconds","nanos"}; licenseKey is the
// document's bytes as an array of numbers; lastHearbeat in info is misspelled.
// A time that does not exist is null, no limit is 2147483647, and members are
// always sent.
//
// Flow: wire.go decodes, ops.go asks the seat service, errors.go answers
// failures as RFC 9457 problem documents with a code. It must never see SQL,
// and never tell more of a license than its user key entitles to: the tokens of
// others are masked for callers who are only applications.
package licensing
