#!/bin/sh
# Prints how long the suite takes in revision 5, whole and for each execution, on the embedded server and on socket.io 4, and how long the official suite takes on the embedded server:
# bench.sh BIN, with sio-conform and echoserver in BIN.
set -eu
bin=$1
here=$(dirname "$0")
out=out/bench
mkdir -p "$out"

bench() { # name, arguments of sio-conform run
	name=$1
	shift
	"$bin/sio-conform" run -qq --only rev5 --out "$out/$name" "$@" >/dev/null
	node -e 'const { summary: s, duration_ms: ms } = JSON.parse(require("fs").readFileSync(process.argv[2]));
		const n = s.pass + s.fail + s.differs + s.crashed;
		console.log(`${process.argv[1]}: ${n} executions in ${(ms / 1000).toFixed(1)} s, ${(ms / n).toFixed(1)} ms each`)' "$name" "$out/$name/report.json"
}

bench embedded
bench socketio-4 --target "$here/socketio-4"
sh "$here/../../reference/server/testdata/official/run.sh" "$bin" 1 >/dev/null
sed -n 's/^ *32 passing (\(.*\))$/official suite: 32 tests in \1/p' out/official/output
