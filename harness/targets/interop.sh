#!/bin/sh
# Judges the real implementations and the careless server, with the sio-conform binary given. A target that must conform and does not, one that
# does not deviate as its baseline.yaml says and nowhere else, and a careless one that passes all fail the script.
set -eu
bin=$1
here=$(dirname "$0")
out=${2:-out/interop}
mkdir -p "$out"

judge() { # name, expected exit code, arguments of sio-conform: run for a server, client for a client
	name=$1 want=$2
	shift 2
	printf '%s\n' "-- $name"
	code=0
	"$bin" "$@" -q --out "$out/$name" || code=$?
	if [ "$code" -ne "$want" ]; then
		echo "$name: exit code $code, want $want" >&2
		return 1
	fi
}

# soak.sh judges the embedded server and socket.io 4.8.4. These fail in much, and wait for it: side by side, and beside the others, they take the time of one.
waiting= failed=
for name in socketio-3 socketio-4.0; do
	judge "$name" 0 run --target "$here/$name" &
	waiting="$waiting $!"
done
judge python-socketio 0 run --target "$here/python-socketio" &
waiting="$waiting $!"
judge lax 1 run --target "$here/lax" &
waiting="$waiting $!"

judge socketio-2 0 run --target "$here/socketio-2" || failed=yes
judge socketio-4-eio3 0 run --target "$here/socketio-4-eio3" || failed=yes
judge reference-client 0 client --strict || failed=yes
for version in "" -2 -3; do
	judge "socketio-client$version" 0 client --target "$here/socketio-client/target$version.yaml" || failed=yes
done
# Each job is a browser, which itself holds back many WebSockets that are opened at once.
judge socketio-client-browser 0 client --target "$here/socketio-client-browser" --jobs 4 --skip client.reconnect.not-randomized || failed=yes
judge python-client 0 client --target "$here/python-client" || failed=yes

# What init writes for socket.io 4 is judged as the app that it is made from.
rm -rf "$out/app"
"$bin" init node "$out/app" >"$out/app.txt"
(cd "$out/app" && npm ci --no-audit --no-fund)
judge init-node 0 run --target "$out/app" --baseline "$here/socketio-4/baseline.yaml" --only 'namespace.*' --only 'dynamic.*' || failed=yes

for pid in $waiting; do
	wait "$pid" || failed=yes
done
[ -z "$failed" ]

sh "$here/matrix.sh" "$bin" short
