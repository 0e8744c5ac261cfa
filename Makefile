# The short names of what one does every day. ./test.sh is the truth of "test".
.PHONY: build test quick bench lint demo

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null)

build: ## the binary, static
	CGO_ENABLED=0 go build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o tinhub ./cmd/tinhub

test: ## everything, as CI does
	./test.sh

quick: ## what a change needs before it is committed
	./test.sh quick

bench: ## what the work costs, each as a ratio to its limit in the same run, and a table of them
	.ci/bench

lint:
	gofmt -l $$(git ls-files '*.go')
	go vet ./...
	go tool -modfile=.ci/tools.mod staticcheck ./...

demo: ## a simulated press and the hub reading it
	go run ./cmd/tinhub demo
