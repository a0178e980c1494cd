#!/usr/bin/env bash
# Shows that no word of a caller stays anywhere: a cluster of its own, unique words in everything that a caller can send or be
# answered, every refusal provoked, decoder and silo killed in mid-stream; then all that the cluster wrote is searched for the words,
# as text, UTF-16, hex and base64. Prints `ok` or `LEAK` per sink and ends non-zero on any finding.
#   bash infra/checks/canaries.sh           about two minutes
#   bash infra/checks/canaries.sh --prove   the same, but a word is put into each kind of sink: each has to be found
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

prove=
if [ "${1:-}" = --prove ] && [ $# -eq 1 ]; then prove=yes; elif [ $# -ne 0 ]; then die "usage: bash infra/checks/canaries.sh [--prove]"; fi

need node nodejs "speaks to the doors and searches"
cli=${BAILIWICK_CLI:-$root/src/Bailiwick.Cli/bin/Release/net10.0/bailiwick}
[ -x "$cli" ] || { need_dotnet; build Release src/Bailiwick.Cli src/Bailiwick.Silo; }
[ -d "$root/tests/clients/node_modules" ] || (cd "$root/tests/clients" && npm ci --silent --no-fund --no-audit)
BAILIWICK_GENAI=$(genai_library)
export BAILIWICK_GENAI

# Folders and not /tmp itself: others write there. As root the server runs as the user postgres, who has to get in.
work=$(mktemp -d)
site=$(mktemp -d /var/tmp/bailiwick-canaries.XXXXXX)
chmod 755 "$site"
data=$site/data
started=$work/started
touch "$started"
findings=0
good() { say "ok       $*"; }
bad() { say "LEAK     $*"; findings=$((findings + 1)); }
clean_up() {
  # Also after a start that failed half-way: there may be nothing to stop, and the folders go all the same.
  "$cli" down --data "$data" --all >"$work/down.log" 2>&1 || true
  rm -rf "$work" "$site"
}
trap clean_up EXIT

CANARY=zq$(od -An -N5 -tx1 /dev/urandom | tr -d ' \n')
# Not exported: what `up` starts inherits the environment, which is a sink.
canaries() {
  CANARY=$CANARY BAILIWICK_HTTP=$BAILIWICK_HTTP BAILIWICK_GRPC=$BAILIWICK_GRPC BAILIWICK_OPERATIONS=$BAILIWICK_OPERATIONS \
    BAILIWICK_KEY=$BAILIWICK_KEY BAILIWICK_OTHER_KEY=$BAILIWICK_OTHER_KEY BAILIWICK_MODEL=smollm2-135m-instruct \
    node "$root/tests/clients/canaries.mjs" "$@"
}
scan() { node "$root/infra/checks/scan.mjs" "$CANARY" "$@" || findings=$((findings + 1)); }

setting() { node -e 'const site = JSON.parse(require("fs").readFileSync(process.argv[1])); console.log(eval("site." + process.argv[2]))' "$data/site.json" "$1"; }
# As the server's own superuser, by the socket.
as_server() { if [ "$(id -u)" = 0 ]; then (cd / && setpriv --reuid postgres --regid postgres --init-groups -- "$@"); else "$@"; fi; }
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
sql() { as_server "$bin/psql" -X -q -v ON_ERROR_STOP=1 -h "$data/postgres/socket" -p "$(setting postgresPort)" -U postgres -d bailiwick "$@"; }

up() { "$cli" up --data "$data" "$@" >>"$work/up.out" 2>>"$work/up.err" || { cat "$work/up.err" >&2; die "the cluster did not start."; }; }
silo() { cat "$data/nodes/n1/silo.pid"; }
# The decoder is a child of the silo, or of the `unshare` that became it.
decoder() { pgrep -P "$(silo)" -f bailiwick-decoder | head -n 1; }

# until_true WHAT CMD...: waits for a condition, at most a minute.
until_true() {
  local what=$1
  shift
  for _ in $(seq 600); do if "$@" >/dev/null 2>&1; then return 0; fi; sleep 0.1; done
  die "$what: not within a minute."
}
# .NET meets the first of these signals from outside by taking its own handler away: the second one counts.
ended_by() { ! kill "-$1" "$2" || [ -z "$(tr -d "\0" <"/proc/$2/cmdline")" ]; }
fresh() { local now; now=$(decoder) && [ -n "$now" ] && [ "$now" != "$1" ]; }

# break_stream NAME SIGNAL PID: with a stream on each door.
break_stream() {
  local name=$1 signal=$2 pid=$3 streams status=0
  rm -f "$work/$name/streaming"
  mkdir -p "$work/$name"
  # Long enough for a new decoder to take them over.
  canaries stream "$work/$name" 10 >"$work/$name.log" 2>&1 &
  streams=$!
  until_true "streams before $name" test -e "$work/$name/streaming"
  until_true "the end of process $pid" ended_by "$signal" "$pid"
  "${@:4}"
  wait "$streams" || status=$?
  [ "$status" = 0 ] && good "$name: $(tail -n 1 "$work/$name.log")" || { cat "$work/$name.log"; bad "$name: not as planned (above)"; }
}

step "A cluster of its own"
node "$root/infra/checks/scan.mjs" --self-test
# Whoever may write a core file writes one: what is dumped shall be found.
ulimit -S -c "$(ulimit -H -c)"
good "core files: limit $(ulimit -c), pattern $(cat /proc/sys/kernel/core_pattern)"
up
sql -c "ALTER SYSTEM SET log_statement = 'all'" -c "ALTER SYSTEM SET log_parameter_max_length = -1" \
  -c "ALTER SYSTEM SET log_parameter_max_length_on_error = -1" -c "ALTER SYSTEM SET log_min_error_statement = error" -c "SELECT pg_reload_conf()" >/dev/null
"$cli" keys api create officer --data "$data" --jurisdiction local --class public --purpose service-provision --tenant quick-start \
  --scope audit --out "$work/officer.key" >/dev/null
BAILIWICK_HTTP=$(setting 'gateways[0].http')
BAILIWICK_GRPC=$(setting 'gateways[0].grpc')
BAILIWICK_OPERATIONS=http://127.0.0.1:$(setting 'nodes[0].operations')
BAILIWICK_KEY=$(cat "$data/keys/admin.key")
BAILIWICK_OTHER_KEY=$(cat "$work/officer.key")
good "up: $BAILIWICK_HTTP, $BAILIWICK_GRPC; PostgreSQL logs every statement with its values"

step "Words planted, refusals provoked"
if canaries plant "$work/plant" >"$work/plant.log" 2>&1; then good "$(tail -n 1 "$work/plant.log")"; else cat "$work/plant.log"; bad "not all went as planned (above)"; fi

step "Killed in mid-stream"
# SIGABRT writes a core file where one may be written.
lost=$(decoder)
break_stream decoder-abort ABRT "$lost" until_true "a new decoder" fresh "$lost"
lost=$(silo)
break_stream silo-kill KILL "$lost"
up
lost=$(silo)
break_stream silo-abort ABRT "$lost"
up
canaries stream "$work/last" 1 >"$work/last.log" 2>&1 && good "up again: $(tail -n 1 "$work/last.log")" \
  || { cat "$work/last.log"; bad "up again, streams do not flow (above)"; }

if [ -n "$prove" ]; then
  step "Words put where they must not be"
  printf '%s in a log line\n' "$CANARY" >>"$data/logs/n1.log"
  sql -c "CREATE TABLE leaking AS SELECT convert_to('${CANARY}table', 'UTF8') AS bytes"
  printf '%s' "$CANARY" >"$data/core.1"
  printf '{"error": "%s"}' "$(printf 'a%s' "$CANARY" | base64)" >"$work/plant/answers/leaking"
fi

step "Every sink"
mkdir "$work/sinks"
# Unreadable is no leak: a process that forbids dumps shows these to root alone.
for pid in $(silo) $(decoder); do
  for file in cmdline environ comm; do cat "/proc/$pid/$file" >"$work/sinks/$pid.$file" 2>/dev/null || true; done
done
for path in health metrics; do
  node -e 'fetch(process.argv[1], { headers: { authorization: `Bearer ${process.argv[2]}` } }).then(async (answer) => console.log(answer.status, [...answer.headers].join("\n"), await answer.text()))' \
    "$BAILIWICK_OPERATIONS/$path" "$BAILIWICK_KEY" >"$work/sinks/$path" || true # the next line judges
  grep -q '^200 ' "$work/sinks/$path" || bad "/$path is not served: $(head -c 100 "$work/sinks/$path" | head -n 1)"
done
"$cli" nodes --data "$data" --output json >"$work/sinks/nodes" 2>&1 || bad "bailiwick nodes: $(head -1 "$work/sinks/nodes")"
"$cli" models served --data "$data" --output json >"$work/sinks/models" 2>&1 || bad "bailiwick models served: $(head -1 "$work/sinks/models")"
"$cli" audit export --server "$BAILIWICK_GRPC" --key-file "$work/officer.key" --out "$work/pack" >"$work/sinks/export" 2>&1 || bad "bailiwick audit export: $(head -1 "$work/sinks/export")"
as_server "$bin/pg_dump" -h "$data/postgres/socket" -p "$(setting postgresPort)" -U postgres --inserts bailiwick >"$work/dump.sql"
grep -q 'INSERT INTO public.records' "$work/dump.sql" || bad "the dump holds no records"

# What the silo does not write of its own accord while it stops, it writes now.
"$cli" down --data "$data" >"$work/down.log" 2>&1 || { cat "$work/down.log"; bad "bailiwick down (above)"; }
scan "refusals as the caller sees them" "$work"/*/answers
scan "log of the silo, with its decoder's stderr" "$data/logs"
scan "PostgreSQL's log: every statement" "$data/postgres/data/server.log"
scan "every table" "$work/dump.sql"
scan "evidence pack" "$work/pack"
scan "health" "$work/sinks/health"
scan "metrics" "$work/sinks/metrics"
scan "nodes, models and export as operations see them" "$work/sinks/nodes" "$work/sinks/models" "$work/sinks/export"
scan "command lines and environments" "$work"/sinks/*.cmdline "$work"/sinks/*.environ
scan "output of up and down" "$work/up.out" "$work/up.err" "$work/down.log"
scan "the whole data folder: spool, WAL, builds, keys" "$data"

mapfile -t cores < <(find "$data" "$root" "$PWD" /var/crash /var/lib/systemd/coredump -maxdepth 3 -newer "$started" -type f \( -name core -o -name 'core.*' -o -name 'coredump.*' \) ! -path '*/node_modules/*' 2>/dev/null | sort -u)
if [ "${#cores[@]}" = 0 ]; then good "core files: none, after SIGABRT to decoder and silo"; else bad "core files: ${cores[*]}"; fi
mapfile -t leftovers < <(find /tmp /var/tmp /dev/shm -newer "$started" -type f ! -path "$work/*" ! -path "$site/*" ! -name '*.sock' 2>/dev/null | grep -v "^/tmp/bash_jobs" || true)
if [ "${#leftovers[@]}" = 0 ]; then good "temporary folders: nothing was left there"; else scan "temporary folders" "${leftovers[@]}"; fi

say
if [ -n "$prove" ]; then
  # Log, table, refusal, core file (by name, and by its content in the data folder).
  [ "$findings" -ge 5 ] || die "only $findings findings, where 5 were planted."
  say "The check finds what is planted: $findings findings."
  exit 0
fi
[ "$findings" = 0 ] || die "$findings findings. The words: $CANARY; what each stood in is in 'planted' of the run."
say "No word of a caller was found anywhere: $(cat "$work"/*/planted | wc -l) words in $(cat "$work"/*/planted | cut -d' ' -f2- | sort -u | wc -l) kinds of places."
