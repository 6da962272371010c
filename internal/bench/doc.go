// Package bench measures a licet server over loopback HTTP: real processes,
// authentication on, durable commits, beside a bare net/http JSON handler that
// takes the same requests and gives answers of the same size. The bare handler
// says what the machine and net/http can do at most while they share the cores
// with the load generator, so the ratio to it travels between machines.
//
//	Run: for each engine: target (issue licenses, stop, fill seats by SQL, start)
//	     -> rounds: each phase on licet and on the bare handler, in turn
//	     -> report: medians, table, JSON
//
// A phase is a closed loop: each client has one connection and sends its next
// request when it has the answer to the last. Requests are templates in which
// digits are replaced, answers are searched and not parsed: the generator
// shares the cores with what it measures, and says how much of them it took.
//
// It must never measure a server that it has not started, relax what makes an
// answer durable, or count a failed answer as work done.
package bench
