// Package report keeps what applications report: errors, what they used of their
// license, and whatever else their vendor wants to know.
//
//	surface -> Send (license by its user key, rules) -> one row, or added to one
//
// License reports with counters are merged: an application that reports every day
// has one row, whose counters are the sums. Everything else is stored as it comes.
// Nothing is swept: administrators delete reports.
//
// It must never give a report to anybody but staff, judge what a report says, or
// lose a count to a race.
package report
