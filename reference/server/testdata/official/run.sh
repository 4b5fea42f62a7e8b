#!/bin/sh
# Runs the official protocol test suites of Socket.IO against the reference server: run.sh BIN [RUNS [INTERVAL TIMEOUT]]
#
# BIN holds sio-conform and echoserver; INTERVAL and TIMEOUT are the heartbeat in milliseconds, 300 and 200 as the suites have it if not given. The suites are fetched, at the
# commit below, from SUITES, the URL of the repository or the git directory of a clone; they are not part of this project. Nothing in them is changed but the address of the server, the heartbeat that they expect and
# the time that they have, and one wait: a test of each suite of Engine.IO waits for the event "open" and only then for the handshake, which its WebSocket library loses when it comes together with the
# response 101. The original servers fail that test now and then too.
set -eu
bin=$1 runs=${2:-1} interval=${3:-300} timeout=${4:-200}
commit=d2d753fed4435015c2d83fe62e676b44e07fa3f7
source=${SUITES:-https://github.com/socketio/socket.io.git}
out=${OUT:-out/official}

if [ ! -d "$out/$commit" ]; then
	rm -rf "$out/fetched"
	clone="$source"
	if [ ! -d "$source" ]; then
		clone="$out/clone"
		rm -rf "$clone"
		git clone -q --bare --filter=blob:none "$source" "$clone"
	fi
	mkdir -p "$out/fetched"
	git --git-dir="$clone" archive "$commit" docs/engine.io-protocol docs/socket.io-protocol | tar -x -C "$out/fetched"
	for suite in engine.io-protocol/v3 engine.io-protocol/v4 socket.io-protocol/v5; do
		(cd "$out/fetched/docs/$suite-test-suite" && npm ci --no-audit --no-fund)
	done
	mv "$out/fetched" "$out/$commit"
fi

servers=
log=$(mktemp)
trap 'kill $servers 2>/dev/null || true; rm -f "$log"' EXIT

# start runs a server and sets url.
start() {
	: >"$log"
	"$@" --addr 127.0.0.1:0 --ping-interval "${interval}ms" --ping-timeout "${timeout}ms" >"$log" &
	servers="$servers $!"
	url=
	while [ -z "$url" ]; do
		kill -0 $! || exit 1
		url=$(sed -n 's/^listening on //p' "$log")
	done
}

# check NAME TESTS: all the tests of a suite pass, in every run.
check() {
	dir="$out/$commit/docs/$1-test-suite"
	limit=$((4 * (interval + timeout) + 3000))
	sed -e "s#http://localhost:3000#$url#" -e "s/PING_INTERVAL = 300/PING_INTERVAL = $interval/" -e "s/PING_TIMEOUT = 200/PING_TIMEOUT = $timeout/" \
		-e "s/this.timeout(5000)/this.timeout($limit)/" -e '/await waitFor(socket, "open");/{N;N;s/.*\n\n\(.*"message"); .. handshake\)/\1/;}' "$dir/test-suite.js" >"$dir/patched.js"
	grep -q "$url" "$dir/patched.js" && grep -q "PING_INTERVAL = $interval;" "$dir/patched.js" && grep -q "PING_TIMEOUT = $timeout;" "$dir/patched.js"
	for run in $(seq "$runs"); do
		(cd "$dir" && npx mocha --timeout $limit patched.js) >"$out/output" 2>&1 || { cat "$out/output"; echo "$1, run $run: failed"; exit 1; }
		grep -q "^ *$2 passing" "$out/output" || { cat "$out/output"; echo "$1, run $run: not $2 tests"; exit 1; }
	done
	echo "$1, heartbeat $interval/$timeout: $2 of $2, $runs times"
}

start "$bin/echoserver"
check engine.io-protocol/v3 23
check engine.io-protocol/v4 25
start "$bin/sio-conform" serve --connect-timeout "$((2 * (interval + timeout)))ms"
check socket.io-protocol/v5 32
