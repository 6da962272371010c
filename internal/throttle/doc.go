// Package throttle slows down who guesses keys that do not exist. Every key (a client's address) has a bucket of its own, from which only
// failures take.
//
// Flow: Guard around the look-up, or by hand: Allow before it, answer 429 with
// the wait when it says no; Fail after a look-up that found nothing.
//
// It must never refuse one key because of another's failures, and never grow
// with the number of keys that fail.
package throttle
