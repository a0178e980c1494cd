#!/usr/bin/env bash
# Agents that are not ours, unmodified, against a cluster of their own, all of it in a network namespace that has nothing but loopback:
# npm's Codex CLI and opencode, both over /v1/responses. Each gets a task, is answered by a call of its shell, runs it, sends the
# result and ends its turn.
#   bash infra/checks/agents.sh
# The decoders are simulated: no model of 135M parameters calls a function when it should, and an agent's choice cannot be forced. What
# tests/agents/profile.json says is called; that a model's own words become calls is shown elsewhere. About 900 MB of packages.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
[ $# -eq 0 ] || [ "$1" = --inside ] || die "usage: bash infra/checks/agents.sh"
agents=$root/tests/agents

if [ $# -eq 0 ]; then
  need node nodejs "runs the agents"
  need ip iproute2 "brings up loopback"
  [ "$(id -u)" = 0 ] || die "a network namespace with PostgreSQL in it needs root here."
  [ -d "$agents/node_modules" ] || (cd "$agents" && npm ci --silent --no-fund --no-audit)
  [ -x "${BAILIWICK_CLI:-$root/src/Bailiwick.Cli/bin/Release/net10.0/bailiwick}" ] || { need_dotnet; build Release src/Bailiwick.Cli src/Bailiwick.Silo; }
  exec unshare --net bash "${BASH_SOURCE[0]}" --inside
fi

ip link set lo up
[ "$(ip -o link | wc -l)" = 1 ] || die "there is more than loopback here."
cli=${BAILIWICK_CLI:-$root/src/Bailiwick.Cli/bin/Release/net10.0/bailiwick}
# As root PostgreSQL runs as the user postgres, who has to get in.
site=$(mktemp -d /var/tmp/bailiwick-agents.XXXXXX)
chmod 755 "$site"
trap '"$cli" down --data "$site/data" --all >/dev/null 2>&1 || true; rm -rf "$site"' EXIT
step "A cluster with simulated decoders"
BAILIWICK_SIMULATE=$agents/profile.json "$cli" up --data "$site/data"
setting() { node -p 'eval("JSON.parse(require(\"fs\").readFileSync(process.argv[1]))." + process.argv[2])' "$site/data/site.json" "$1"; }
BAILIWICK_URL=$(setting 'gateways[0].http')/v1
BAILIWICK_KEY=$(cat "$(setting keyFile)")
export BAILIWICK_URL BAILIWICK_KEY
task="Write the words it-was-called into the file proof.txt."

failed=0
# agent NAME COMMAND...: runs an agent in a home and a folder of its own and looks for what its shell has to leave there.
agent() {
  local name=$1 home=$site/$1/home folder=$site/$1/work
  shift
  step "$name"
  mkdir -p "$home" "$folder"
  if (cd "$folder" && HOME=$home timeout 180 "$@" </dev/null >"$site/$name/out" 2>&1) && grep -qx it-was-called "$folder/proof.txt"; then
    tail -n 3 "$site/$name/out"
    say "pass  $name called its shell, sent the result and ended its turn"
  else
    cat "$site/$name/out" >&2
    say "FAIL  $name"
    failed=$((failed + 1))
  fi
}

mkdir -p "$site/codex/home/.codex" "$site/opencode/work"
cat >"$site/codex/home/.codex/config.toml" <<CONFIG
model = "smollm2-135m-instruct"
model_provider = "bailiwick"
approval_policy = "never"
sandbox_mode = "danger-full-access"
[model_providers.bailiwick]
name = "Bailiwick"
base_url = "$BAILIWICK_URL"
env_key = "BAILIWICK_KEY"
wire_api = "responses"
CONFIG
agent codex "$agents/node_modules/.bin/codex" exec --skip-git-repo-check "$task"
cp "$agents/opencode.json" "$site/opencode/work/"
agent opencode "$agents/node_modules/.bin/opencode" run "$task"
[ "$failed" = 0 ] || die "$failed of 2 agents could not work (above)."
say
say "Both agents work with nothing but loopback."
