# make: format, lint, test. Tools are pinned here.
GOLANGCI  = github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
FUZZTIME ?= 10s
RUNS     ?= 50
OFFICIAL ?= 20
BIN       = bin

IMAGE    ?= localhost/sio-conform
PODMAN   ?= podman

.PHONY: all format lint test race fuzz selftest targets interop matrix published clients server-interop client-interop browser official bench-suite soak image planted clean

all: format lint test

format:
	gofmt -w $$(git ls-files '*.go')

$(BIN)/golangci-lint: Makefile
	GOBIN=$(CURDIR)/$(BIN) go install $(GOLANGCI)

lint: $(BIN)/golangci-lint
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); exit 1; }
	go mod tidy -diff
	go vet ./...
	GOOS=windows go vet ./harness/... ./suite/... ./reports/... ./cmd/...
	GOOS=darwin go vet ./harness/... ./suite/... ./reports/... ./cmd/...
	$(BIN)/golangci-lint run

test:
	go test ./...

# What runs side by side, with the race detector. test runs the matrix, soak whole suites with the detector on our side, and reports do nothing side by side.
race:
	go test -race -p 1 -shuffle=on -skip 'TestEveryScenarioIsProved|TestTheEmbeddedServerConforms|TestTheCarelessServerFailsOnItsPoints|TestAction|TestPageOnCI|TestContainerfile|TestReport|TestMerge|TestDiff' $$(go list ./... | grep -vE '/(reports|ginkgosuite)$$')

# Each native fuzz target for FUZZTIME.
fuzz:
	@for p in ./fuzz ./reference/client; do for t in $$(go test -list '^Fuzz' $$p | grep '^Fuzz'); do \
		echo "fuzz $$t"; go test -run '^$$' -fuzz "^$$t$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x $$p || exit 1; \
	done; done

# How many planted faults the live fuzzer finds, within a minute each.
planted:
	SIO_CONFORM_PLANTED=1 go test -run TestPlantedFaultsAreFound -v -timeout 60m ./fuzz/live

$(BIN)/sio-conform: FORCE
	go build -o $@ ./cmd/sio-conform

$(BIN)/sio-conform-race: FORCE
	go build -race -o $@ ./cmd/sio-conform

FORCE:

selftest: $(BIN)/sio-conform
	$(BIN)/sio-conform selftest

# Installs what the real implementations under harness/targets need.
targets:
	for t in socketio-2 socketio-3 socketio-4 socketio-4.0 socketio-4-eio3 socketio-client socketio-client-browser; do (cd harness/targets/$$t && npm ci --no-audit --no-fund) || exit 1; done
	for t in python-socketio python-client; do sh harness/targets/$$t/install.sh || exit 1; done

# Judges the real implementations, each once, and those that soak judges twice.
interop: $(BIN)/sio-conform targets
	$(MAKE) soak RUNS=2
	sh harness/targets/interop.sh $(BIN)/sio-conform

# Judges the real implementations in compiled languages; Java 17 and Maven are needed.
matrix: $(BIN)/sio-conform
	sh harness/targets/matrix.sh $(BIN)/sio-conform

# Makes reports/published of what soak, interop and matrix have left under out/.
published: $(BIN)/sio-conform
	sh harness/targets/published.sh $(BIN)/sio-conform

# Has the reference client talk to the real servers.
client-interop:
	for v in 2 3 4; do (cd reference/client/interop/socketio-$$v && npm ci --no-audit --no-fund) || exit 1; done
	go test -tags interop -run TestInterop ./reference/client

# Judges each target RUNS times in a row, with the race detector on our side; no verdict may change.
soak: $(BIN)/sio-conform-race targets
	sh harness/targets/soak.sh $(BIN)/sio-conform-race $(RUNS)

# Installs the real clients.
clients:
	cd reference/server/testdata/clients && npm ci --no-audit --no-fund

# Drives the reference server with real clients.
server-interop: $(BIN)/sio-conform clients
	node reference/server/testdata/clients/main.js $(BIN)/sio-conform

# Does the tutorial of the documentation, and opens HTML reports, in headless Chromium. The pictures are kept in bin/.
browser: clients
	mkdir -p $(BIN)
	cd reports/browsertest && go vet ./... && go test -artifacts -outputdir $(CURDIR)/$(BIN) ./...
	cd reference/examples && go vet -tags chromium ./... && go test -tags chromium ./tutorial

# Runs the official protocol test suites, fetched for that, against the reference server: with the heartbeat that they have, and with one that hides nothing.
official: $(BIN)/sio-conform
	go build -o $(BIN)/echoserver ./reference/server/internal/engine/echoserver
	sh reference/server/testdata/official/run.sh $(BIN) $(OFFICIAL)
	sh reference/server/testdata/official/run.sh $(BIN) $(OFFICIAL) 1500 1500

# How long the suite takes, beside the official one.
bench-suite: $(BIN)/sio-conform targets
	go build -o $(BIN)/echoserver ./reference/server/internal/engine/echoserver
	sh harness/targets/bench.sh $(BIN)

# A static command, and an image with nothing else; PODMAN may be docker.
$(BIN)/static/sio-conform: FORCE
	CGO_ENABLED=0 go build -trimpath -ldflags=-s -o $@ ./cmd/sio-conform

image: $(BIN)/static/sio-conform
	$(PODMAN) build -t $(IMAGE) -f Containerfile $(BIN)/static

clean:
	rm -rf $(BIN) out
