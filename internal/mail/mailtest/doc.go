// Package mailtest is a mail server for tests: a real one, in the test's
// process, that does as it is told; and a reader of what it got. Only tests
// import it.
package mailtest
