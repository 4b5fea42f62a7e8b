#!/bin/sh
# Judges the embedded reference server and socket.io 4.8.4, spawned and attached, many times in a row, the three side by side, each run with a new seed. A run that does not
# conform and any verdict that changes from one run to the next fail the script.
set -eu
bin=$1 runs=$2
here=$(dirname "$0")
out=out/soak
rm -rf "$out"
mkdir -p "$out"

soak() { # name, arguments…
	name=$1
	shift
	for n in $(seq "$runs"); do
		code=0
		"$bin" run -qq --out "$out/$name-$n" "$@" >/dev/null || code=$?
		if [ "$code" -ne 0 ]; then
			echo "$name, run $n: exit code $code; see $out/$name-$n" >&2
			exit 1
		fi
		node -e 'const r = JSON.parse(require("fs").readFileSync(process.argv[1])); for (const s of r.scenarios) console.log(s.id, s.axes, s.verdict)' \
			"$out/$name-$n/report.json" | sort >"$out/$name-$n.verdicts"
		if ! diff "$out/$name-1.verdicts" "$out/$name-$n.verdicts"; then
			echo "$name, run $n: verdicts changed; see $out/$name-$n" >&2
			exit 1
		fi
		[ "$n" -eq 1 ] || rm -rf "$out/$name-$n"
	done
	echo "$name: $runs runs, $(wc -l <"$out/$name-1.verdicts") verdicts, none changed"
}

log=$(mktemp)
(cd "$here/socketio-4" && exec env SIO_PORT=0 node app.js) >"$log" &
server=$!
trap 'kill "$server" 2>/dev/null || true; rm -f "$log"' EXIT
for _ in $(seq 100); do
	url=$(sed -n 's/^listening on //p' "$log")
	[ -n "$url" ] && break
	sleep 0.1
done

waiting=
soak embedded --strict &
waiting="$waiting $!"
soak socketio-4-spawned --target "$here/socketio-4" &
waiting="$waiting $!"
soak socketio-4-attached "$url" --baseline "$here/socketio-4/baseline.yaml" &
waiting="$waiting $!"
failed=
for pid in $waiting; do
	wait "$pid" || failed=yes
done
[ -z "$failed" ]
