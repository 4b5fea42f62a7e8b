#!/bin/sh
# Judges the embedded reference server and the real implementations many times in a row, each run with a new seed. Any verdict that changes from one run to
# the next fails the script.
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

soak embedded
soak socketio-4-spawned --target "$here/socketio-4"

log=$(mktemp)
(cd "$here/socketio-4" && exec env SIO_PORT=0 node app.js) >"$log" &
server=$!
trap 'kill "$server" 2>/dev/null || true; rm -f "$log"' EXIT
for _ in $(seq 100); do
	url=$(sed -n 's/^listening on //p' "$log")
	[ -n "$url" ] && break
	sleep 0.1
done
soak socketio-4-attached "$url"
