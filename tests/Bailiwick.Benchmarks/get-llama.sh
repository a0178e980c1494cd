#!/usr/bin/env bash
# Fetches llama.cpp's prebuilt Linux library (the peer of the decode benchmark) into the user's cache; prints its folder.
set -euo pipefail

version=3.22.1
digest=2ecd1d85f68456573a664106a9039366b88231579fd65d9669c9a6ab41374fd4
target=${BAILIWICK_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/bailiwick}/llama-$version
folder=$target/package/bins/linux-x64
matches() { [ -f "$folder/libllama.v0.5.0.so" ] && printf '%s  %s\n' "$digest" "$folder/libllama.v0.5.0.so" | sha256sum --check --status; }

if ! matches; then
  mkdir -p "$target"
  (cd "$target" && npm pack --silent "@node-llama-cpp/linux-x64@$version" >/dev/null && tar -xzf ./*.tgz && rm -f ./*.tgz)
  matches || { echo "get-llama: libllama does not have the pinned digest" >&2; exit 1; }
fi
echo "$folder"
