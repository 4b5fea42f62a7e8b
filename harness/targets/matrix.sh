#!/bin/sh
# Judges the targets of compiled languages, with the sio-conform binary given: builds each, compares its failures over WebSocket with its file of deviations, and prints the summary of
# a run over all transports. "short" judges a few topics only, for CI.
set -eu
bin=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
short=${2:-}
cd "$(dirname "$0")"
out=$(cd ../.. && pwd)/out/matrix
mkdir -p "$out"

judge() { # name of the run, name of the target, arguments
	run=$1 target=$2
	shift 2
	printf '%s\n' "-- $run"
	code=0
	"$bin" run --target "$target" -qq --out "$out/$run" "$@" || code=$?
	[ "$code" -le 1 ] || exit "$code"
}

matrix() { # name of the target
	if [ "$short" = short ]; then
		judge "$1-short" "$1" --skip polling --skip upgraded --only 'offer.*' --only 'packet.event.*' --only 'multiplex.*'
		node differs.js "$out/$1-short/report.json" "$1/deviations.json" part
		return
	fi
	judge "$1-websocket" "$1" --skip polling --skip upgraded
	node differs.js "$out/$1-websocket/report.json" "$1/deviations.json"
	judge "$1" "$1"
}

(cd googollee && go build -o bin/app .)
matrix googollee
(cd netty-socketio && { mvn -q -B -o process-classes 2>/dev/null || mvn -q -B process-classes; })
matrix netty-socketio
