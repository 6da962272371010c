// Package activatepage is the page /activate, where end users activate license
// orders: enter the key, say which machine, get the license file, see what is
// activated and give it back.
//
//	GET  /activate           the field for the key
//	POST /activate           one form each: open, activate, check, show, deactivate
//	POST /activate/download  the license as a file
//
// It is made by the server and works without script: every step is a form. The
// one script asks again while a license is being made.
//
// There is no login, so nothing here may be done by another site's form: what a
// browser sends from elsewhere is refused. The key must never be in a URL, where
// histories and logs would keep it, nor may a page be kept by a cache.
package activatepage
