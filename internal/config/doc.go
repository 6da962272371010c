// Package config says how a server is configured: one struct whose fields are
// flags. Each is also an environment variable LICET_<FLAG>, and a member of an
// optional JSON file under the flag's name. A secret may be in a file that
// LICET_<FLAG>_FILE names. Flags win over the environment, the environment over
// the file, the file over the defaults. What package settings declares can also be
// changed while the server runs; given here it is pinned.
//
// Flow: kong fills Config with the help of Resolver, Validate judges it, the
// app reads it. It must never be read from a global, and a secret must never be
// printed: see Masked.
package config
