#!/usr/bin/env bash
# Checks and tests everything, as continuous integration does:
#
#   ./test.sh          all of it (on two cores some ten minutes from cold)
#   ./test.sh quick    format, vet, build and the short tests; no race detector, no browser, no Redis
#
# On Debian it installs through apt what the tests need and is missing: a real
# redis-server, a real browser, two parsers that are not ours, and gcc for the
# race detector. Elsewhere install them by hand. Exits non-zero on any failure.
set -uo pipefail
cd "$(dirname "$0")" || exit 1

mode=${1:-all}
case $mode in all | quick) ;; *) echo "usage: $0 [quick]" >&2; exit 2 ;; esac

log=$(mktemp -d) || exit 1
trap 'rm -rf "$log"' EXIT
failed=()

say() { printf '\n== %s\n' "$*"; }

# step NAME COMMAND… runs one check, and goes on after a failure: one run should
# tell all that is wrong.
step() {
	local name=$1; shift
	local began=$SECONDS
	say "$name"
	if "$@"; then
		echo "   done in $((SECONDS - began)) s"
	else
		failed+=("$name")
		echo "   FAILED after $((SECONDS - began)) s"
	fi
}

# need PACKAGE PROBE… notes a Debian package whose probe fails.
missing=()
need() { local package=$1; shift; "$@" >/dev/null 2>&1 || missing+=("$package"); }

install_missing() {
	need redis-server command -v redis-server
	need chromium command -v chromium
	need libxml2-utils command -v xmllint
	need python3-feedparser /usr/bin/python3 -c 'import feedparser'
	need gcc command -v gcc
	need libc6-dev test -e /usr/include/stdlib.h
	[ ${#missing[@]} -eq 0 ] && { echo "   all there: redis-server chromium xmllint python3-feedparser gcc"; return 0; }
	echo "   missing, installing through apt: ${missing[*]}"
	local sudo=
	if [ "$(id -u)" -ne 0 ]; then
		command -v sudo >/dev/null || { echo "   neither root nor sudo: install them by hand, or run ./test.sh quick"; return 1; }
		sudo=sudo
	fi
	command -v apt-get >/dev/null || { echo "   no apt-get here: install them by hand, or run ./test.sh quick"; return 1; }
	$sudo apt-get update -q >"$log/apt" 2>&1 &&
		$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" >>"$log/apt" 2>&1 ||
		{ tail -20 "$log/apt"; return 1; }
	echo "   installed"
}

formatted() {
	local unformatted
	unformatted=$(git ls-files -z -- '*.go' | xargs -0 gofmt -l)
	[ -z "$unformatted" ] || { echo "$unformatted"; echo "   mend: gofmt -w on these"; return 1; }
}

tool() { go tool -modfile=.ci/tools.mod "$@"; }

# govulncheck needs its database, which is not reachable from everywhere. That
# the code is fine can then not be known, and is not claimed.
vulnerabilities() {
	tool govulncheck ./... >"$log/vuln" 2>&1 && { tail -3 "$log/vuln"; return 0; }
	if grep -qE 'no such host|dial tcp|connection refused|i/o timeout|Client.Timeout|403 Forbidden|proxyconnect|network is unreachable|TLS handshake' "$log/vuln"; then
		echo "   skipped: the database of known vulnerabilities can't be reached from here"
		return 0
	fi
	cat "$log/vuln"
	return 1
}

# tests NAME ARGS… runs go test, shows a line a package, then all that packages
# said which failed, and keeps the whole for counting.
tests() {
	local name=$1; shift
	go test -v "$@" 2>&1 | tee "$log/$name.tests" | grep --line-buffered -E '^(ok|FAIL|panic:|--- FAIL)'
	[ "${PIPESTATUS[0]}" -eq 0 ] && return 0
	say "what failed in $name"
	awk '/^(ok|\?)[ \t]/ {said = ""; next} /^FAIL[ \t]/ {printf "%s%s\n", said, $0; said = ""; next} !/^=== |^ *--- (PASS|SKIP)/ {said = said $0 "\n"}' \
		"$log/$name.tests" | tail -400
	return 1
}

# fuzzed looks for new inputs for a while at all that reads what strangers wrote.
# What it finds fails the test, and is kept by go test as a seed.
fuzzed() {
	local target
	for target in "feed FuzzParse 3000x" "page FuzzRead 300x" "markup FuzzSanitise 3000x" "markup FuzzDate 30000x"; do
		set -- $target
		# So many tries, not so many seconds: on a busy machine go test takes the end
		# of its time for a failure.
		go test "./fetcher/$1" -run '^$' -fuzz "^$2\$" -fuzztime "$3" -parallel 1 2>&1 | tail -5
		[ "${PIPESTATUS[0]}" -eq 0 ] || return 1
	done
}

# concurrent lists the packages that start goroutines or share memory: the
# others cannot race, and the race detector is slow.
concurrent() {
	git ls-files -- '*.go' | xargs grep -lE '(^|[^a-z])go (func|[a-zA-Z_.]+\()|"sync(/atomic)?"|errgroup|"net/http"' | xargs -n1 dirname | sort -u | sed 's|^|./|'
}

say "tinhub: $mode, $(go version)"
if [ "$mode" = all ]; then
	step "programs that the tests need" install_missing
	export TINHUB_TEST_REDIS=required TINHUB_TEST_TOOLS=required
fi
step "gofmt" formatted
step "go build" go build ./...
step "go vet" go vet ./...
if [ "$mode" = all ]; then
	step "staticcheck" tool staticcheck ./...
	step "govulncheck" vulnerabilities
	step "tests" tests plain -count=1 -parallel 4 -timeout 10m ./... # many wait: for polls, leases, browsers
	# shellcheck disable=SC2046
	CGO_ENABLED=1 step "tests under the race detector" tests race -race -short -count=1 -timeout 10m $(concurrent)
	step "fuzzing, shortly" fuzzed
else
	# shellcheck disable=SC2046
	step "tests" tests plain -short -timeout 5m $(go list ./... | grep -v /store/redis)
fi

passed=$(cat "$log"/*.tests 2>/dev/null | grep -cE '^ *--- PASS')
broken=$(cat "$log"/*.tests 2>/dev/null | grep -cE '^ *--- FAIL')
skipped=$(cat "$log"/*.tests 2>/dev/null | grep -cE '^ *--- SKIP')
say "everything took $SECONDS s"
if [ ${#failed[@]} -gt 0 ]; then
	printf 'failed: %s\n' "${failed[@]}"
	[ "$broken" -gt 0 ] || broken=${#failed[@]}
fi
echo "$passed passed, $broken failed, $skipped skipped"
[ ${#failed[@]} -eq 0 ]
