#!/usr/bin/env bash
# Clients that are not ours against a cluster: npm openai (chat, responses, functions), LangChain and AI SDK over HTTP, @grpc/grpc-js, buf lint, breaking and curl by
# reflection over gRPC; then, over TLS, the programs of examples/. Brings up a cluster of its own, or takes the one of a data folder, whose
# examples run as its doors are.
#   bash infra/checks/clients.sh          a cluster of its own, gone at the end
#   bash infra/checks/clients.sh FOLDER   the running cluster that `bailiwick up --data FOLDER` made
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
[ $# -le 1 ] || die "usage: bash infra/checks/clients.sh [FOLDER]"

need node nodejs "runs the clients"
[ -d "$root/tests/clients/node_modules" ] || (cd "$root/tests/clients" && npm ci --silent --no-fund --no-audit)
model=smollm2-135m-instruct
data=${1:-}
own=$([ -n "$data" ] || echo yes)
cli=${BAILIWICK_CLI:-$root/src/Bailiwick.Cli/bin/Release/net10.0/bailiwick}
if [ -z "$data" ]; then
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
doors() { http=$(setting 'gateways[0].http') grpc=$(setting 'gateways[0].grpc') key=$(cat "$(setting keyFile)") ca=$(setting 'ca || ""'); }
doors

failed=0 clients=0
client() {
  clients=$((clients + 1))
  step "$1"
  shift
  "$@" || failed=$((failed + 1))
}
# says TEXT... -- CMD...: runs it; each text must stand in what it prints.
says() {
  local texts=() told
  while [ "$1" != -- ]; do texts+=("$1"); shift; done
  shift
  told=$("$@" 2>&1) || { say "$told"; return 1; }
  say "$told"
  for text in "${texts[@]}"; do [[ $told == *"$text"* ]] || { say "it does not say: $text"; return 1; }; done
}
if [ -z "$ca" ]; then
  client "OpenAI's client, chat and completions" says "10 passed, 0 failed" -- node "$root/tests/clients/openai.mjs" "$http/v1" "$key" "$model"
  client "OpenAI's client, responses" says "23 passed, 0 failed" -- node "$root/tests/clients/responses.mjs" "$http/v1" "$key" "$model" --stored
  client "LangChain" says "10 passed, 0 failed" -- node "$root/tests/clients/langchain.mjs" "$http/v1" "$key" "$model"
  client "AI SDK" says "10 passed, 0 failed" -- node "$root/tests/clients/ai-sdk.mjs" "$http/v1" "$key" "$model" --stored
  client "Calls of functions" says "16 passed, 0 failed" -- node "$root/tests/clients/tools.mjs" "$http/v1" "$key" "$model"
  client "grpc-js" node "$root/tests/clients/grpc.mjs" "${grpc#http://}" "$key" "$model"
  client "buf" node "$root/tests/clients/buf.mjs" "$grpc" "$key" "$model"
else
  say "The doors of this site speak TLS: the examples alone are run."
fi

if [ -n "$own" ]; then
  step "The same cluster, its doors with TLS"
  "$cli" down --data "$data" >/dev/null
  "$cli" up --data "$data" --tls >/dev/null
  doors
fi

# Without the site's authority each must fail: a client that trusts everybody proves nothing.
refuses() { if "$@" >/dev/null 2>&1; then say "it trusts an authority that it was not given"; return 1; fi; }

[ -d "$root/examples/typescript/node_modules" ] || (cd "$root/examples/typescript" && npm ci --silent --no-fund --no-audit)
(cd "$root/examples/typescript" && node_modules/.bin/tsc)
[ -x "$root/examples/dotnet/bin/Release/net10.0/Example" ] || { need_dotnet; build Release examples/dotnet; }
typescript() { env BAILIWICK_URL="$http/v1" BAILIWICK_KEY="$key" "$@" node "$root/examples/typescript/out/chat.js"; }
dotnet_example() { env BAILIWICK_URL="$http/v1" BAILIWICK_GRPC="$grpc" BAILIWICK_KEY="$key" "$@" "$root/examples/dotnet/bin/Release/net10.0/Example"; }
list() { curl -sS --fail-with-body "$@" -H @<(printf 'Authorization: Bearer %s\n' "$key") "$http/v1/models"; }
client "examples/typescript" says "streamed: equal" "refused: 404 model_not_found" -- typescript NODE_EXTRA_CA_CERTS="$ca"
client "examples/dotnet" says "by gRPC: equal" "refused: 404 model_not_found" -- dotnet_example BAILIWICK_CA="$ca" SSL_CERT_FILE="$ca"
client "curl" says "$model" -- list ${ca:+--cacert "$ca"}
if [ -n "$ca" ]; then
  client "examples/typescript without the authority" refuses typescript
  client "examples/dotnet without the authority" refuses dotnet_example
  client "curl without the authority" refuses list
fi
[ "$failed" = 0 ] || die "$failed of $clients clients are not served as they expect (above)."
say
say "All clients are served as they expect."
