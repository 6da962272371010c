// Package apptest starts a whole server for tests and speaks to it as a vendor
// does. Only tests import it.
package apptest
