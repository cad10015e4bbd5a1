# make build        ./magicpak, a static binary
# make test         every test; installs what they run
# make demo         bundles real programs and runs them in their bundles
# make lint bench generate install

# What is tested is what ships: no cgo, for which Go then needs no C compiler.
export CGO_ENABLED = 0

PREFIX  = /usr/local
DESTDIR =
TESTFLAGS =

.PHONY: build test test-elf test-programs demo lint bench generate install packages

build:
	go build -trimpath -ldflags '-s -w' -o magicpak ./cmd/magicpak

packages:
	.ci/install

test: packages
	go test -count 1 -timeout 18m $(TESTFLAGS) ./...

demo: build packages
	example/demo ./magicpak

lint:
	go vet ./...
	GOARCH=arm64 go vet ./...
	go tool staticcheck ./...
	@files=$$(go tool gofumpt -l .); [ -z "$$files" ] || { printf 'not formatted by gofumpt:\n%s\n' "$$files"; exit 1; }
	go test -count 1 -run '^TestPackageRules$$' ./cmd/magicpak

bench: packages
	go test -run '^$$' -bench . $(TESTFLAGS) ./...

generate:
	go generate ./...

install: build
	install -D -m 755 magicpak $(DESTDIR)$(PREFIX)/bin/magicpak
