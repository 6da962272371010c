// Package settings holds what an administrator may tune, as typed values with
// defaults. Flow: the configuration fills a struct, Validate refuses nonsense,
// services read it. It must never read the environment or a file itself.
package settings
