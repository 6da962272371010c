// Package durable writes files that are on disk, whole, or not there at all.
//
// It must never replace a file that exists.
package durable
