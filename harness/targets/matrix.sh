#!/bin/sh
# Judges the targets of compiled languages, with the sio-conform binary given: builds each, compares what it does over WebSocket with its baseline.yaml, and prints the summary of a run over
# all transports, whose verdicts races in these targets change. "short" judges a few topics over WebSocket only, for CI.
set -eu
bin=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
short=${2:-}
cd "$(dirname "$0")"
out=$(cd ../.. && pwd)/out/matrix
mkdir -p "$out"

matrix() { # name of the target, a scenario that depends on luck there
	target=$1 luck=$2
	set -- --target "$target" -qq --skip "$luck"
	if [ "$short" = short ]; then
		set -- "$@" --only 'offer.*' --only 'packet.event.*' --only 'multiplex.*'
	fi
	printf '%s\n' "-- $target"
	"$bin" run "$@" --skip polling --skip upgraded --out "$out/$target-websocket"
	[ "$short" = short ] || "$bin" run "$@" --baseline none --out "$out/$target" || [ $? -eq 1 ]
}

(cd googollee && go build -o bin/app .)
matrix googollee handshake.open.heartbeat
(cd netty-socketio && { mvn -q -B -o process-classes 2>/dev/null || mvn -q -B process-classes; })
matrix netty-socketio multiplex.routing.connects-together
