#!/usr/bin/env bash
# Clients that are not ours against a cluster: npm openai (chat and responses), LangChain and AI SDK over HTTP, @grpc/grpc-js, buf lint and buf curl by
# reflection over gRPC. Brings up a cluster of its own, or takes the one of a data folder.
#   bash infra/checks/clients.sh          a cluster of its own, gone at the end
#   bash infra/checks/clients.sh FOLDER   the running cluster that `bailiwick up --data FOLDER` made
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
[ $# -le 1 ] || die "usage: bash infra/checks/clients.sh [FOLDER]"

need node nodejs "runs the clients"
[ -d "$root/tests/clients/node_modules" ] || (cd "$root/tests/clients" && npm ci --silent --no-fund --no-audit)
model=smollm2-135m-instruct
data=${1:-}
if [ -z "$data" ]; then
  cli=${BAILIWICK_CLI:-$root/src/Bailiwick.Cli/bin/Release/net10.0/bailiwick}
  [ -x "$cli" ] || { need_dotnet; build Release src/Bailiwick.Cli src/Bailiwick.Silo; }
  BAILIWICK_GENAI=$(genai_library)
  export BAILIWICK_GENAI
  # As root PostgreSQL runs as the user postgres, who has to get in.
  site=$(mktemp -d /var/tmp/bailiwick-clients.XXXXXX)
  chmod 755 "$site"
  data=$site/data
  trap '"$cli" down --data "$data" --all >/dev/null 2>&1 || true; rm -rf "$site"' EXIT
  step "A cluster"
  "$cli" up --data "$data"
fi

[ -f "$data/site.json" ] || die "there is no site in $data."
setting() { node -p 'eval("JSON.parse(require(\"fs\").readFileSync(process.argv[1]))." + process.argv[2])' "$data/site.json" "$1"; }
http=$(setting 'gateways[0].http') grpc=$(setting 'gateways[0].grpc') key=$(cat "$(setting keyFile)")

failed=0 clients=0
client() {
  clients=$((clients + 1))
  step "$1"
  shift
  "$@" || failed=$((failed + 1))
}
client "OpenAI's client, chat and completions" node "$root/tests/clients/openai.mjs" "$http/v1" "$key" "$model"
client "OpenAI's client, responses" node "$root/tests/clients/responses.mjs" "$http/v1" "$key" "$model"
client "LangChain" node "$root/tests/clients/langchain.mjs" "$http/v1" "$key" "$model"
client "AI SDK" node "$root/tests/clients/ai-sdk.mjs" "$http/v1" "$key" "$model"
client "grpc-js" node "$root/tests/clients/grpc.mjs" "${grpc#http://}" "$key" "$model"
client "buf" node "$root/tests/clients/buf.mjs" "$grpc" "$key" "$model"
[ "$failed" = 0 ] || die "$failed of $clients clients are not served as they expect (above)."
say
say "All clients are served as they expect."
