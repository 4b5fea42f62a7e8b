#!/bin/sh
# Makes reports/published of the runs that soak.sh, interop.sh and matrix.sh have left, with the sio-conform binary given. With "check" it makes nothing and compares the verdicts of these runs
# with what is published: what a run left out says nothing.
set -eu
bin=$1
check=${2:-}
published=reports/published

set --
for run in out/soak/embedded-1 out/soak/socketio-4-spawned-1 out/interop/* out/matrix/*-websocket out/matrix/java-client out/matrix/socketioxide; do
	[ -e "$run/report.json" ] || continue
	case ${run##*/} in
	lax | init-node) continue ;; # wrong on purpose; socketio-4 again
	esac
	if [ -z "$check" ] && head -n 1 "$run/events.ndjson" | grep -q '"only":'; then
		echo "$run is a part of a run: judge all of it" >&2
		exit 1
	fi
	set -- "$@" "$run"
done

if [ "$check" = check ]; then
	"$bin" report matrix "$@" --against "$published/matrix.json" >/dev/null
	exit
fi

for spec in harness/targets/*/target*.yaml; do
	name=$(sed -n 's/^name: //p' "$spec")
	[ "$name" = lax ] && continue
	for run; do
		head -n 1 "$run/events.ndjson" | grep -q "\"target\":{\"name\":\"$name\"" && continue 2
	done
	echo "no run of $name: make soak interop matrix" >&2
	exit 1
done

rm -rf "$published/badges" "$published/evidence"
"$bin" report matrix "$@" --out "$published" --alone >/dev/null
rm "$published/matrix.html" # made of matrix.json
