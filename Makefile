# make build | test | check | notebooks | bench | fuzz | release. Everything that is tested needs Go
# only; the race detector also needs a C compiler, and the browser test chromium.

GO          ?= go
VERSION     ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
FUZZTIME    ?= 60s
TARGETS     ?= linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
NOTEBOOKS   ?= notebooks
CC_FOUND    := $(shell command -v gcc || command -v cc || command -v clang)

# The same source, version and Go give the same bytes on any machine: no paths, no C, no time.
BUILD := CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=false -ldflags '-s -w -X main.version=$(VERSION)'

.PHONY: build test check notebooks format vet lint race bench fuzz release clean

build:
	$(BUILD) -o darkfigure ./cmd/darkfigure

# All tests, with the simulations. The import rules (internal/layout) and the commands of
# the README are among them.
test:
	$(GO) test ./...

check: format vet lint race

format:
	@bad=$$(gofmt -l .); if [ -n "$$bad" ]; then echo "gofmt would change:"; echo "$$bad"; exit 1; fi

vet:
	$(GO) vet ./...

lint:
	$(GO) run $(STATICCHECK) ./...

# Without the long simulations (-short): they are the business of `make test`.
race:
ifeq ($(CC_FOUND),)
	@echo "no C compiler: the tests run without the race detector"
	$(GO) test -short -timeout 40m ./...
else
	CGO_ENABLED=1 $(GO) test -race -short -timeout 40m ./...
endif

# Runs every notebook and writes it with its output into the folder NOTEBOOKS; fails when a cell does. Needs jupyter-nbconvert, a Python
# kernel, pandas and matplotlib.
notebooks: build
	@set -e; for file in notebooks/*.ipynb; do \
	  echo "$$file"; \
	  PYDEVD_DISABLE_FILE_VALIDATION=1 DARKFIGURE=$(CURDIR)/darkfigure jupyter-nbconvert --log-level WARN --to notebook --execute --ExecutePreprocessor.record_timing=False \
	    --ExecutePreprocessor.timeout=120 --output-dir $(NOTEBOOKS) $$file; \
	done

bench:
	$(GO) test -run '^$$' -bench . -benchmem ./...

# Every fuzz target of the module for FUZZTIME each.
fuzz:
	@set -e; for file in $$(grep -rl --include='*_test.go' '^func Fuzz' .); do \
	  for target in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\).*/\1/p' $$file); do \
	    echo "$$target in $$(dirname $$file)"; \
	    $(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$(dirname $$file); \
	  done; \
	done

# One binary for each of TARGETS in dist/, with their checksums.
release:
	rm -rf dist && mkdir dist
	@set -e; for target in $(TARGETS); do \
	  os=$${target%/*}; arch=$${target#*/}; suffix=; [ $$os = windows ] && suffix=.exe; \
	  echo "dist/darkfigure-$(VERSION)-$$os-$$arch$$suffix"; \
	  GOOS=$$os GOARCH=$$arch $(BUILD) -o dist/darkfigure-$(VERSION)-$$os-$$arch$$suffix ./cmd/darkfigure; \
	done
	cd dist && { command -v sha256sum >/dev/null && sha256sum darkfigure-* || shasum -a 256 darkfigure-*; } > SHA256SUMS

clean:
	rm -rf darkfigure darkfigure.exe dist
