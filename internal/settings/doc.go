// Package settings says what an administrator may tune: every setting once, with
// its group, name, type, default and rules, and the typed structs that services
// read.
//
// Flow: Combine takes the defaults, what the books hold and what the
// configuration pins, and makes Values, which are valid as a whole. Package
// tuning keeps them in the books.
//
// It must never read the environment, a file or the books itself, and must hold
// no setting that nothing reads.
package settings
