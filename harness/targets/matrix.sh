#!/bin/sh
# Judges the targets of compiled languages, with the sio-conform binary given: builds each, compares what a server does over WebSocket with its baseline.yaml, and prints the summary of a run
# over all transports, whose verdicts races in these servers change; compares what a client does over all transports. "short" judges a few topics only, for CI.
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

client() { # name of the target
	target=$1
	set -- --target "$target" -qq --jobs 4 --time-scale 2 # what starts for the first time takes its time
	if [ "$short" = short ]; then
		set -- "$@" --only 'client.connect.*' --only 'client.emit.*' --only 'client.mux.*'
	fi
	printf '%s\n' "-- $target"
	"$bin" client "$@" --out "$out/$target"
}

(cd googollee && go build -o bin/app .)
matrix googollee handshake.open.heartbeat
(cd netty-socketio && { mvn -q -B -o process-classes 2>/dev/null || mvn -q -B process-classes; })
matrix netty-socketio multiplex.routing.connects-together
(cd java-client && { mvn -q -B -o process-classes 2>/dev/null || mvn -q -B process-classes; })
client java-client

# Over all transports, but for what is chance there: the app is refused packets from the 128th that waits on, which hits the answers of a burst or does not, and the end of a socket takes a task of
# its own, so that an event right behind a DISCONNECT is handled or not.
(cd socketioxide && cargo build --release --quiet)
set -- --target socketioxide -qq --skip packet.event.order --skip ack.event.order --skip namespace.not-joined.behind-disconnect
if [ "$short" = short ]; then
	set -- "$@" --only 'offer.*' --only 'packet.event.*' --only 'multiplex.*'
fi
echo "-- socketioxide"
"$bin" run "$@" --out "$out/socketioxide"
