// Package storetest opens fresh books for tests, on both engines. It starts a
// temporary PostgreSQL cluster from the installed server programs, one for a
// test process, on a Unix socket only. A missing PostgreSQL fails the test that
// asked for it: nothing is skipped.
//
// Flow: TestMain calls Main; a test calls Each or Open. It must never be
// imported by anything but tests.
package storetest
