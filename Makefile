# make help lists the targets.
SHELL := /bin/bash
.DEFAULT_GOAL := help

MODULES := proto pkg services/ledger services/verification services/regionauth services/reporting gateway deploy
SERVICES := ledger verification regionauth reporting
BIN := $(CURDIR)/.bin
BUF := $(BIN)/buf

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

.PHONY: run
run: prerequisites web build ## build and start everything, with demonstration data
	@exec $(BIN)/baoxue run --demo

.PHONY: prerequisites
prerequisites:
	@deploy/prerequisites.sh postgres node

.PHONY: prerequisites-node
prerequisites-node:
	@deploy/prerequisites.sh node

.PHONY: build
build: ## build the programs into .bin
	go build -o $(BIN)/ ./deploy/standalone/baoxue ./deploy/ctl/baoxuectl \
		./services/ledger/cmd/ledger ./services/verification/cmd/verification \
		./services/regionauth/cmd/regionauth ./services/reporting/cmd/reporting ./gateway/cmd/gateway

# The page is built again only when its sources change.
WEB_SOURCES := $(shell find gateway/web -path '*/node_modules' -prune -o -path '*/dist' -prune -o -type f -print 2>/dev/null)
.PHONY: web
web: gateway/web/dist/index.html ## build the page

gateway/web/node_modules/.installed: gateway/web/package-lock.json
	cd gateway/web && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

gateway/web/dist/index.html: gateway/web/node_modules/.installed $(WEB_SOURCES)
	cd gateway/web && npm run build
	@touch $@

.PHONY: test
test: ## run every test; nothing has to be started beforehand
	@deploy/prerequisites.sh postgres node chromium
	@$(MAKE) --no-print-directory web build
	@set -e; for m in $(MODULES); do (cd $$m && go test -timeout 25m $(TESTFLAGS) ./...); done

.PHONY: test-race
test-race: ## the same with the race detector
	@$(MAKE) --no-print-directory test TESTFLAGS=-race

.PHONY: bench
bench: ## measure, as ratios against a floor in the same run
	@deploy/prerequisites.sh postgres node
	@$(MAKE) --no-print-directory web build
	@$(MAKE) --no-print-directory build
	go run ./deploy/bench $(BENCHFLAGS)
	cd services/reporting && go test ./internal/store -run '^$$' -bench Month -benchtime 1x -timeout 60m

.PHONY: check
check: check-generate check-breaking lint check-build ## generated code is current, lint, every module builds alone

GENERATED := proto/gen gateway/web/src/api/gen docs/access.md docs/figures.md docs/schemas deploy/dashboards/baoxue.json 'services/*/internal/store/db'
.PHONY: check-generate
check-generate: generate
	@git diff --exit-code -- $(GENERATED) || { echo 'generated code is not current: run make generate and commit'; exit 1; }
	@test -z "$$(git status --porcelain -- $(GENERATED))" || { git status --short -- $(GENERATED); echo 'generated files are not committed'; exit 1; }

# The contract is compared with the last commit before this one that is on the
# main line; both are trees with the third-party protos beside them.
.PHONY: check-breaking
check-breaking: $(BIN)/.tools-gen third-party
	@deploy/tools/breaking.sh

.PHONY: check-build
check-build:
	@set -e; for m in $(MODULES); do echo "build $$m"; (cd $$m && GOWORK=off go build ./... && GOWORK=off go vet ./...); done

.PHONY: lint
lint: $(BIN)/.tools-lint $(BIN)/.tools-gen third-party ## lint protos and code
	@$(BUF) lint
	@set -e; for m in $(filter-out proto,$(MODULES)); do echo "lint $$m"; (cd $$m && $(BIN)/golangci-lint run ./...); done

.PHONY: fmt
fmt: $(BIN)/.tools-lint ## format the code
	@$(BIN)/gofumpt -w $(filter-out proto,$(MODULES))

.PHONY: generate
generate: prerequisites-node gateway/web/node_modules/.installed $(BIN)/.tools-gen third-party ## generate code from protos and SQL
	@rm -rf proto/gen/baoxue gateway/web/src/api/gen docs/schemas && mkdir -p proto/gen/openapi && $(BUF) generate
	@$(BUF) generate --template buf.gen.schemas.yaml
	@set -e; for s in $(SERVICES); do (cd services/$$s && $(BIN)/sqlc generate); done
	@go run ./deploy/accesstable > docs/access.md
	@go run ./services/reporting/cmd/figurepage > docs/figures.md
	@go run ./deploy/dashboards > deploy/dashboards/baoxue.json

.PHONY: third-party
third-party:
	@GOWORK=off go -C deploy/tools/protodeps run . -o $(CURDIR)/.third_party/proto

# Generators and linters are pinned by the modules in deploy/tools.
$(BIN)/.tools-gen: deploy/tools/gen/go.mod deploy/tools/buf/go.mod deploy/tools/sqlc/go.mod
	GOWORK=off GOBIN=$(BIN) go -C deploy/tools/gen install tool
	GOWORK=off GOBIN=$(BIN) go -C deploy/tools/buf install tool
	GOWORK=off CGO_ENABLED=0 GOBIN=$(BIN) go -C deploy/tools/sqlc install tool
	@touch $@

$(BIN)/.tools-lint: deploy/tools/lint/go.mod
	GOWORK=off GOBIN=$(BIN) go -C deploy/tools/lint install tool
	@touch $@

.PHONY: clean
clean: ## remove what was built; data under .local stays
	rm -rf $(BIN) .third_party gateway/web/node_modules gateway/web/dist/assets gateway/web/dist/index.html
