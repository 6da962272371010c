#!/bin/sh
# Makes sure that the programs which the tests run are installed:
#   PostgreSQL's server programs; the tests start a temporary server of their own
#   from them and never touch one that is running
#   xmlsec1, which checks XML signatures as a second implementation
#   Chromium (or Chrome), in which the pages are walked through
set -eu
as_root=""
[ "$(id -u)" = 0 ] || as_root=sudo

have_postgres() {
	command -v initdb >/dev/null 2>&1 || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1
}
have_xmlsec() { command -v xmlsec1 >/dev/null 2>&1; }
have_chromium() {
	for name in chromium chromium-browser google-chrome google-chrome-stable; do
		command -v "$name" >/dev/null 2>&1 && return 0
	done
	[ -d "/Applications/Google Chrome.app" ] || [ -d /Applications/Chromium.app ]
}

# need CHECK WHAT DEBIAN_PACKAGE HOMEBREW_PACKAGE
need() {
	"$1" && return 0
	echo "$2 is not installed; installing it"
	if command -v apt-get >/dev/null 2>&1; then
		$as_root apt-get update -qq
		$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$3" >/dev/null
	elif command -v brew >/dev/null 2>&1; then
		brew install "$4"
	fi
	"$1" || { echo "install $2, then run make test again" >&2; exit 1; }
}

need have_postgres "PostgreSQL (initdb, postgres)" postgresql postgresql
need have_xmlsec xmlsec1 xmlsec1 libxmlsec1
need have_chromium "Chromium" chromium chromium
