#!/bin/sh
# Makes sure that the tests can start PostgreSQL: they run a temporary server of
# their own from the installed programs, and never touch one that is running.
set -eu
have() {
	command -v initdb >/dev/null 2>&1 || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1
}
have && exit 0
echo "PostgreSQL's server programs are not installed; installing them"
as_root=""
[ "$(id -u)" = 0 ] || as_root=sudo
if command -v apt-get >/dev/null 2>&1; then
	$as_root apt-get update -qq
	$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq postgresql >/dev/null
elif command -v brew >/dev/null 2>&1; then
	brew install postgresql
fi
have || { echo "install PostgreSQL's server programs (initdb, postgres), then run make test again" >&2; exit 1; }
