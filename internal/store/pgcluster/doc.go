// Package pgcluster runs a temporary PostgreSQL from the installed server
// programs, for tests and the benchmark: in a folder of its own, on a Unix
// socket only, gone with the process that started it, however that ends.
//
// Flow: Start (initdb, postgres, wait until it answers) -> Database, as often
// as wanted -> Stop. It must never touch a server that it has not started.
package pgcluster
