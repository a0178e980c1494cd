#!/usr/bin/env bash
# Shows that a decoder opens no connection and resolves no name: a whole `models try` under strace, its network
# namespace from outside, and its refusal to run without one. Prints what it checked; any finding ends it non-zero.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

need strace strace "it shows every system call"
cli=${BAILIWICK_CLI:-$root/src/Bailiwick.Cli/bin/Release/net10.0/bailiwick}
[ -x "$cli" ] || { need_dotnet; build Release src/Bailiwick.Cli; }
BAILIWICK_GENAI=$(genai_library)
export BAILIWICK_GENAI

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
findings=0
good() { say "ok       $*"; }
bad() { say "FINDING  $*"; findings=$((findings + 1)); }
ask() { "$cli" models try "$model" "What is the capital of France?" "$@"; }

model=$("$cli" models import "$root/models/smollm2-135m-instruct" 2>/dev/null | awk '$1 == "folder" { print $2 }')
[ -d "$model" ] || die "the default model cannot be imported."

step "A whole answer under strace"
# A file for each process: in a common one a call that another process interrupts is cut into two lines, of which no
# search below knows.
strace -ff -qq -o "$work/calls" -e trace=%network,open,openat,openat2,execve,io_uring_setup "$cli" models try "$model" \
  "What is the capital of France?" --max-tokens 16 --verbose >"$work/answer" 2>"$work/log" || { cat "$work/log" >&2; die "the traced run failed."; }
for calls in "$work"/calls.*; do sed "s/^/${calls##*.} /" "$calls"; done >"$work/trace"
[ -s "$work/answer" ] && good "answered: $(head -c 60 "$work/answer" | tr '\n' ' ')" || bad "no answer"

decoder=$(awk '/execve\(.*bailiwick-decoder"/ && / = 0$/ { print $1; exit }' "$work/trace")
[ -n "$decoder" ] && good "the decoder ran as process $decoder, $(grep -c . "$work/trace") calls traced" || bad "the trace holds no decoder"
for family in AF_INET AF_INET6 AF_NETLINK AF_PACKET AF_VSOCK; do
  if grep -E "socket\($family[,)]" "$work/trace" >"$work/hits"; then bad "socket($family): $(head -1 "$work/hits")"; else good "no socket($family) in any process"; fi
done
if grep -E '(connect|sendto|sendmsg)\(.*AF_INET' "$work/trace" >"$work/hits"; then bad "a connection: $(head -1 "$work/hits")"; else good "no connection or datagram"; fi
if grep -E 'io_uring_setup\(.*\) = [0-9]' "$work/trace" >"$work/hits"; then bad "io_uring: $(head -1 "$work/hits")"; else good "no io_uring"; fi
for file in /etc/resolv.conf /etc/hosts /etc/nsswitch.conf /etc/host.conf /etc/gai.conf libnss_dns; do
  if grep -F "$file" "$work/trace" | grep -E 'open' >"$work/hits"; then bad "$file was opened: $(head -1 "$work/hits")"; else good "$file was not opened"; fi
done

step "Its network namespace"
grep -q 'isolated: True' "$work/log" && good "Hello.isolation says isolated" || bad "Hello.isolation does not say isolated"
"$cli" models try "$model" "What is the capital of France?" --max-tokens 4000 >"$work/answer" 2>&1 &
parent=$!
child=
for _ in $(seq 600); do
  # It answers, so what unshare started is the decoder, and it has its namespace.
  [ -s "$work/answer" ] && { child=$(pgrep -P "$parent" -f bailiwick-decoder || true); break; }
  sleep 0.1
done
if [ -n "$child" ]; then
  interfaces=$(awk -F: 'NR > 2 { gsub(/ /, "", $1); printf "%s ", $1 }' "/proc/$child/net/dev")
  [ "$interfaces" = "lo " ] && good "/proc/$child/net/dev shows only lo" || bad "/proc/$child/net/dev shows: $interfaces"
  [ "$(wc -l <"/proc/$child/net/route")" -le 1 ] && good "it has no route" || bad "it has a route"
else
  bad "no decoder process was seen"
fi
kill -KILL "$parent" 2>/dev/null || true
wait "$parent" 2>/dev/null || true
for _ in $(seq 50); do kill -0 "${child:-$parent}" 2>/dev/null || break; sleep 0.1; done
if kill -0 "${child:-$parent}" 2>/dev/null; then bad "decoder $child outlived its killed parent"; else good "its parent was killed, and it is gone"; fi

step "Without isolation"
code=0
ask --no-isolation --max-tokens 1 >"$work/answer" 2>"$work/log" || code=$?
if [ "$code" = 1 ] && grep -q 'not isolated' "$work/log" && [ ! -s "$work/answer" ]; then good "it refuses: $(head -1 "$work/log")"; else bad "it does not refuse (exit code $code)"; fi
code=0
ask --no-isolation --allow-unisolated --max-tokens 4 >"$work/answer" 2>"$work/log" || code=$?
[ "$code" = 0 ] && [ -s "$work/answer" ] && good "told otherwise, it answers" || bad "told otherwise, it does not answer: $(head -1 "$work/log")"

say
[ "$findings" = 0 ] || die "$findings findings."
say "The decoder is deaf: no finding."
