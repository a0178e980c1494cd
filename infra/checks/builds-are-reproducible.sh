#!/usr/bin/env bash
# Two imports of the default model, side by side, into two empty stores give the same bytes; prints time and digest.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

bailiwick=$root/src/Bailiwick.Cli/bin/Release/net10.0/bailiwick
[ -x "$bailiwick" ] || build Release src/Bailiwick.Cli
BAILIWICK_GENAI=$(genai_library)
export BAILIWICK_GENAI
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

build_into() {
  local store=$1 before
  mkdir -p "$store"
  before=$(date +%s%N)
  "$bailiwick" models import "$root/models/smollm2-135m-instruct" --store "$store" --output json >"$store.json"
  printf 'import: %d ms\n' $((($(date +%s%N) - before) / 1000000))
}
build_into "$work/one" &
one=$!
build_into "$work/a longer name/two"
wait "$one"

diff -r "$work/one/builds" "$work/a longer name/two/builds" || die "the two builds differ (above)"
printf 'equal: %s\n' "$(ls "$work/one/builds")"
