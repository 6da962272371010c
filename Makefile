# make run   starts a server with sample books on http://127.0.0.1:8080
# make demo  walks through it, in a second terminal: KEY=<the API key that run printed>
# make test  runs everything that must hold, on SQLite and PostgreSQL
# make proof kills, stops, pauses and starves the real process at length
# make freeze keeps books of the schemas that have none yet (internal/store/oldbooks)
# make bench measures it beside a bare handler (docs/performance.md); BENCH="--rounds=1" is quick

GO ?= go
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)

# The race detector watches all but SQLite itself: that is C translated to Go, on
# memory of its own, and watching it doubles the time of every test on the books.
# Not the driver and libraries around it: generic code of the standard library that
# they make use of would then go unwatched everywhere. Nor does it watch the inside
# of password hashing, which is as slow as it is meant to be without that.
UNWATCHED := '-gcflags=modernc.org/sqlite/lib=-race=false' '-gcflags=golang.org/x/crypto/argon2=-race=false'
RACE := -race $(UNWATCHED)

# Compilers, linters and tests collect their garbage less often, which takes a tenth
# of their time and up to 3 GiB of memory; and a watched program sleeps a second at its end.
QUICKLY := GOGC=400 GORACE=atexit_sleep_ms=50

.PHONY: run demo build test proof freeze lint bench

run:
	$(GO) run ./cmd/licet serve --demo

demo:
	$(GO) run ./cmd/licet demo --api-key "$(KEY)"

build:
	$(GO) build -trimpath -ldflags "-X main.version=$(VERSION)" -o bin/licet ./cmd/licet

# lint has vetted the tests.
test: lint
	@sh scripts/tools.sh
	$(QUICKLY) $(GO) test -vet=off $(RACE) -timeout 20m ./...

proof:
	@sh scripts/tools.sh
	LICET_PROOF=long $(GO) test $(RACE) -count=1 -v -timeout 60m -run '^TestProof' ./cmd/licet ./internal/app

freeze:
	LICET_FREEZE=missing $(GO) test -count=1 -v -run '^TestFreeze$$' ./internal/store/oldbooks

bench:
	@sh scripts/tools.sh
	$(GO) build -trimpath -o bin/licet ./cmd/licet
	$(GO) build -trimpath -o bin/licet-bench ./cmd/licet-bench
	bin/licet-bench $(BENCH)

# With the flags of the tests, so that everything is compiled once for all three.
lint:
	@test -z "$$(gofmt -l .)" || { echo "gofmt these:"; gofmt -l .; exit 1; }
	$(QUICKLY) $(GO) vet $(RACE) ./...
	$(QUICKLY) GOBIN="$(CURDIR)/bin" $(GO) install $(STATICCHECK)
	$(QUICKLY) GOFLAGS="-race $(UNWATCHED)" bin/staticcheck ./...
