# make build        ./magicpak, a static binary
# make test         every test; installs what they run
# make test-elf     compares with the loaders of other releases and machines (debootstrap, 20 min)
# make cases        bundles thirty programs in RUN steps, by each tracer (1 h)
# make demo         bundles real programs and runs them in their bundles
# make examples     builds and runs the images of example/, those too that take long
# make release      dist/: static binaries for amd64 and arm64
# make images       the base images of docker/, with docker build
# make lint bench generate install

# What is tested is what ships: no cgo, for which Go then needs no C compiler.
export CGO_ENABLED = 0

PREFIX  = /usr/local
DESTDIR =
TESTFLAGS =
ARCH    = $(shell go env GOARCH)
BASE    = debian:bookworm
TAG     = magicpak/debian:bookworm

.PHONY: build test test-elf test-programs cases demo examples release images lint bench generate install packages

build:
	go build -trimpath -ldflags '-s -w' -o magicpak ./cmd/magicpak

packages:
	.ci/install

# Real programs that are large to install: their tests are skipped without them.
test-programs: packages
	.ci/install programs
	go test -count 1 -timeout 18m $(TESTFLAGS) -run 'TestRealPrograms|TestModuleTrees|TestIncomplete|TestRepair' -v ./cmd/magicpak -args -programs

# In images that have the programs, which are made where the engine lacks them.
cases: packages
	go test -count 1 -timeout 180m $(TESTFLAGS) -run '^TestCases$$' -v ./cmd/magicpak -args -cases

test: packages
	go test -count 1 -timeout 40m $(TESTFLAGS) ./...

# The loader's answers in root directories of other releases and machines, which
# debootstrap makes where they are not there yet.
ELF_ROOTS = .elf-roots
test-elf: packages
	.ci/elf-roots $(ELF_ROOTS)
	go test -count 1 -timeout 60m -run 'Roots$$' -v ./elfdeps -args -roots $(abspath $(ELF_ROOTS))

demo: build packages
	example/demo ./magicpak

examples: packages
	go test -count 1 -timeout 90m -run '^(TestImages|TestCompilerImages|TestExamples|TestARM64|TestReadmeImages)$$' -v ./cmd/magicpak -args -all-examples

release:
	set -e; for arch in amd64 arm64; do \
	  GOARCH=$$arch go build -trimpath -ldflags '-s -w' -o dist/magicpak-linux-$$arch ./cmd/magicpak; \
	done
	cd dist && sha256sum magicpak-linux-* >SHA256SUMS

# With BuildKit all of them are made at once, for both architectures:
# docker buildx bake -f docker/docker-bake.hcl
images: release
	docker build -f docker/Dockerfile --target magicpak --build-arg TARGETARCH=$(ARCH) -t magicpak/magicpak .
	docker build -f docker/Dockerfile --target debian --build-arg TARGETARCH=$(ARCH) --build-arg BASE=$(BASE) -t $(TAG) .

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
	install -D -m 644 cmd/magicpak/magicpak.1 $(DESTDIR)$(PREFIX)/share/man/man1/magicpak.1
