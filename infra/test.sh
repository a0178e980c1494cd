#!/usr/bin/env bash
# The same set-up as quickstart.sh, then every test. Asks nothing. Ends with a line "N passed, N failed".
#   bash infra/test.sh            everything
#   bash infra/test.sh --filter X only the .NET tests that match (dotnet test syntax)
# BAILIWICK_VECTORS names the folder of published test data that is not in this repository; without it the tests
# over that data are reported as not run.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

filter=
if [ "${1:-}" = --filter ] && [ $# -eq 2 ]; then filter=$2; elif [ $# -ne 0 ]; then die "usage: bash infra/test.sh [--filter EXPRESSION]"; fi

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
passed=0 failed=0 skipped=0
failures=()

# stage NAME CMD...: times a stage and prints what it took.
stage() {
  local name=$1 before=$SECONDS status=0
  shift
  step "$name"
  "$@" || status=$?
  say "-- $name: $((SECONDS - before)) s"
  return "$status"
}

# check NAME CMD...: a stage that counts as one test.
check() {
  if stage "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)); failures+=("$1"); fi
}

set_up() {
  need_platform
  need_dotnet
  need unshare util-linux "isolates the decoder"
  need git git "lists the files that the rules look at"
  need node nodejs "runs the oracles"
  need npm npm "installs the oracles"
  need openssl openssl "verify.sh checks signatures with it"
  need awk gawk "verify.sh reads leaves with it"
  need xxd xxd "verify.sh's tests edit bytes with it"
  need strace strace "watches the decoder's system calls"
  [ -n "$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null)" ] || apt_install postgresql \
    || die "PostgreSQL is missing (the cluster tests use it). Install it (Debian: apt-get install postgresql) and run this command again."
}

install_clients() {
  (cd "$root/tests/clients" && npm ci --silent --no-fund --no-audit)
}

run_dotnet() {
  local project=$1 status=0
  dotnet test "$root/tests/$project" -c Release --no-build -v quiet --nologo \
    --logger "trx;LogFileName=$results/$project.trx" --logger "console;verbosity=normal" ${filter:+--filter "$filter"} || status=$?
  [ -f "$results/$project.trx" ] || { failed=$((failed + 1)); failures+=("$project: no test ran"); return 0; }
  local counters
  counters=$(grep -o '<Counters [^>]*' "$results/$project.trx")
  count() { sed -E "s/.* $1=\"([0-9]+)\".*/\1/" <<<"$counters"; }
  passed=$((passed + $(count passed)))
  failed=$((failed + $(count failed) + $(count error) + $(count timeout) + $(count aborted)))
  skipped=$((skipped + $(count total) - $(count executed)))
  if [ "$status" -ne 0 ]; then failures+=("$project"); [ "$(count failed)" -gt 0 ] || failed=$((failed + 1)); fi
}

stage "set-up" set_up
stage "build" build Release Cluster.sln
stage "GenAI library" genai_library
BAILIWICK_GENAI=$(genai_library)
export BAILIWICK_GENAI
stage "oracles" install_clients

stage "Bailiwick.Tests" run_dotnet Bailiwick.Tests
stage "Bailiwick.EndToEnd.Tests" run_dotnet Bailiwick.EndToEnd.Tests

if [ -z "$filter" ]; then
  check "decoder is deaf" bash "$root/infra/checks/decoder-is-deaf.sh"
  check "canaries" bash "$root/infra/checks/canaries.sh"
  check "clients" bash "$root/infra/checks/clients.sh"
  check "builds are reproducible" bash "$root/infra/checks/builds-are-reproducible.sh"
  check "Cedar agrees" node "$root/tests/clients/cedar.mjs"
  check "Sigstore's verifier agrees" node "$root/tests/clients/verify-pack.mjs"
fi

say ""
[ "${#failures[@]}" -eq 0 ] || printf 'failed: %s\n' "${failures[@]}"
say "all of it: $SECONDS s"
say "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
