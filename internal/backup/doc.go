// Package backup copies the books on SQLite, and the server key that opens the
// secrets in them, into a folder, and puts them back.
//
// Flow: Take reads the key file, has the store copy the database while a server
// may serve it, checks the copy and that the key opens it, and writes a manifest
// with the size and the SHA-256 of each file, last. Until it is whole and on disk
// the folder has another name. Restore holds off every server, copies the database
// beside its place, checks it against the manifest, puts the key down and renames
// the database, last: until then there are no books.
//
// It must never write to the books that it copies, overwrite books, a key or a
// backup, take a part of a backup for the whole, or print a key.
package backup
