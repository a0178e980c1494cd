#!/usr/bin/env bash
# From a fresh clone to two silos that answer: installs or names what is missing, builds, fetches GenAI's library, starts a cluster,
# asks it by HTTP and by gRPC, exports its evidence and verifies it. Asks nothing; a second run reuses everything.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
[ $# -eq 0 ] || die "takes no argument (see README.md)."

started=$SECONDS
model=smollm2-135m-instruct
question=${BAILIWICK_QUESTION:-What is the capital of France? Answer in one sentence.}
data=()
[ -z "${BAILIWICK_DATA:-}" ] || data=(--data "$BAILIWICK_DATA")

step "Tools"
need_platform
need_dotnet
need unshare util-linux "isolates the decoder"
need setsid util-linux "starts silos in the background"
need curl curl "asks the HTTP door"
need openssl openssl "verify.sh checks signatures with it"
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || { say "installing postgresql (conversations, membership and evidence are kept in it)"; apt_install postgresql || true; }
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || die "PostgreSQL is missing. Install it (Debian: apt-get install postgresql) and run this command again."
say "dotnet $(dotnet --version), $(/usr/lib/postgresql/*/bin/postgres --version | tail -n 1)"

step "Build"
build Release src/Bailiwick.Silo src/Bailiwick.Cli
bailiwick=$root/src/Bailiwick.Cli/bin/Release/net10.0/bailiwick
say "built bailiwick and bailiwick-silo"

step "ONNX Runtime GenAI"
# `up` writes it into the silos' configuration (decoders.genAi).
BAILIWICK_GENAI=$(genai_library)
export BAILIWICK_GENAI
say "$BAILIWICK_GENAI"

step "Cluster"
"$bailiwick" up "${data[@]}" --model "$root/models/$model" >/dev/null
site=$("$bailiwick" up "${data[@]}" --wait 0 --output json 2>/dev/null)
if [ "$(grep -c '"silo":' <<<"$site")" -lt 2 ]; then "$bailiwick" up "${data[@]}" --join >/dev/null; site=$("$bailiwick" up "${data[@]}" --wait 0 --output json 2>/dev/null); fi

# field NAME: first value of that name in the site's JSON.
field() { sed -n "s/^ *\"$1\": \"\\(.*\\)\",\\{0,1\\}\$/\\1/p" <<<"$site" | head -n 1; }
http=$(field http) grpc=$(field grpc) key_file=$(field key_file) log_key=$(field log_key) folder=$(field data)

step "By HTTP: $question"
body=$(printf '{"model":"%s","seed":1,"temperature":0,"messages":[{"role":"user","content":"%s"}]}' "$model" "$(sed 's/[\\"]/\\&/g' <<<"$question")")
# The key stands in a file of its own: a process list shows no secret.
answer=$(curl -sS --fail-with-body --max-time 120 -H @<(printf 'Authorization: Bearer %s\n' "$(cat "$key_file")") -H 'Content-Type: application/json' \
  -d "$body" "$http/v1/chat/completions") || die "the HTTP door refused: $answer"
# The answer alone, as JSON spells it.
content=$(sed -n 's/.*"content":"\(\([^"\\]\|\\.\)*\)".*/\1/p' <<<"$answer")
[ -n "$content" ] || die "the HTTP door gave no answer: $answer"
say "$content"

step "By gRPC, with the receipt checked"
"$bailiwick" chat "${data[@]}" "$model" "$question" --seed 1 --temperature 0 --verify

step "Nodes"
"$bailiwick" nodes "${data[@]}"

step "Evidence"
pack=$folder/evidence/$(date -u +%Y%m%dT%H%M%SZ)
mkdir -p "$(dirname "$pack")"
"$bailiwick" audit export --server "$grpc" --key-file "$key_file" --out "$pack"
printf '%s\n' "$log_key" >"$folder/evidence/log.vkey"
bash "$pack/verify.sh" -d "$pack" "$folder/evidence/log.vkey"

cat <<EOT

Ready in $((SECONDS - started)) s. Go on with:
  alias bailiwick=$bailiwick
  bailiwick chat $model   a conversation
  bailiwick models served                what the cluster serves
  curl -H "Authorization: Bearer \$(cat $key_file)" $http/v1/models
  bailiwick up --join                    a third silo
  bailiwick models try $model "Name three rivers." --store $folder/store
                                         a decoder alone, without a cluster
  bailiwick down                         stops it; its data stay in $folder
EOT
