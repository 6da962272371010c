// Package proof is how tests prove that books outlive what happens to a server.
// Only tests import it; they are in cmd/licet, where the real process is.
//
// Flow: a Load works on a running server and writes down what it was told. The
// test does harm: kills, cuts, fills the disk. Then Read takes the books as they
// are, which must agree with themselves (token row, pool count, node-locked copy,
// trace, audit entry), and Load.Compare wants every acknowledged operation in
// them and each unanswered one wholly or not at all.
//
// LICET_PROOF=long in the environment selects the long form (Long, Pick).
//
// It must never ask the server what the books say: the server may be wrong.
package proof
