// Package clock tells the time, injected everywhere so that tests can move it.
//
// There are two times. Lease time counts leases: it starts at the wall clock
// and then follows the monotonic clock, so that a step of the wall clock on a
// running server neither frees a lease nor makes it immortal. Wall time judges
// the dates of licenses and stamps rows. A request reads both once.
package clock
