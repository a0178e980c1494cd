#!/usr/bin/env bash
# What the whole path costs over the bare decoder, on the default model with one compute thread and with a simulated decoder under
# 200 requests/s; and what the turns of a conversation wait for their first token. Brings up a site of its own and takes it down again. Prints one JSON object per part. On a quiet machine: about ten minutes.
#   bash tests/Bailiwick.Benchmarks/path.sh [--trial]    --trial: one round of each, to see that it runs
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../../infra/lib.sh"

need node nodejs "writes the configuration of the silo with a simulated decoder"
build Release src/Bailiwick.Silo src/Bailiwick.Cli tests/Bailiwick.Benchmarks
BAILIWICK_GENAI=$(genai_library)
ORT_DISABLE_TELEMETRY=1
export BAILIWICK_GENAI ORT_DISABLE_TELEMETRY
cli=$root/src/Bailiwick.Cli/bin/Release/net10.0/bailiwick
benchmark=$root/tests/Bailiwick.Benchmarks/bin/Release/net10.0/Bailiwick.Benchmarks.dll
# As root PostgreSQL runs as the user postgres, who has to get in.
folder=$(mktemp -d /var/tmp/bailiwick-path.XXXXXX)
chmod 755 "$folder"
data=$folder/data
silo=
clean_up() {
  # On every way out: what was not started cannot be stopped, and the folder goes all the same.
  [ -z "$silo" ] || kill "$silo" 2>/dev/null || true
  "$cli" down --data "$data" --all >/dev/null 2>&1 || true
  rm -rf "$folder"
}
trap clean_up EXIT

"$cli" up --data "$data" --threads 1 >&2
node=$data/nodes/n1
model=$(find "$data/store/builds" -name genai_config.json -printf '%h\n' | head -n 1)
dotnet "$benchmark" path model "$data" "$(cat "$node/silo.pid")" "$model" "$@"
dotnet "$benchmark" path conversation "$data" "$(cat "$node/silo.pid")" "$@"

# The same silo over a simulated decoder: 100 steps a second for all turns at once, which is the profile's own time.
kill "$(cat "$node/silo.pid")"
while kill -0 "$(cat "$node/silo.pid")" 2>/dev/null && grep -q . "/proc/$(cat "$node/silo.pid")/cmdline" 2>/dev/null; do sleep 0.2; done
echo '{"steps_per_second": 100, "batch": 4096, "prefill_tokens_per_second": 0}' >"$folder/profile.json"
node -e 'const [from, to, profile] = process.argv.slice(1), fs = require("fs"), made = JSON.parse(fs.readFileSync(from));
  Object.assign(made.decoders, { simulate: profile, kvBlocks: 100000 }); fs.writeFileSync(to, JSON.stringify(made));' \
  "$node/silo.json" "$node/simulated.json" "$folder/profile.json"
DOTNET_EnableDiagnostics=0 "$root/src/Bailiwick.Silo/bin/Release/net10.0/bailiwick-silo" run --config "$node/simulated.json" >"$folder/silo.log" 2>&1 &
silo=$!
for _ in $(seq 600); do
  grep -q 'ready, decoder' "$folder/silo.log" && break
  kill -0 "$silo" 2>/dev/null || { cat "$folder/silo.log" >&2; die "the silo with a simulated decoder ended (above)."; }
  sleep 0.1
done
dotnet "$benchmark" path load "$data" "$silo" "$folder/profile.json" "$@"
