#!/usr/bin/env bash
# Fetches ONNX Runtime GenAI's Linux library (0.15.2) into the user's cache and prints its path.
# The npm package is a repackaging; what counts is the digest, which is that of Microsoft's own 0.15.2 build.
# A site with Microsoft's library at hand sets BAILIWICK_GENAI to its path instead: then nothing is fetched.
set -euo pipefail

version=0.15.2
package=com.github.asus4.onnxruntime-genai@0.4.9
member=package/Plugins/Linux/x64/libonnxruntime-genai.so
digest=d346e51d9386f174fbab2fd67c499258e79575f2c3a31f537764542d7e0b59bc
target=${BAILIWICK_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/bailiwick}/genai-$version
library=$target/libonnxruntime-genai.so

matches() { [ -f "$1" ] && printf '%s  %s\n' "$digest" "$1" | sha256sum --check --status; }

if [ -n "${BAILIWICK_GENAI:-}" ]; then
  [ -f "$BAILIWICK_GENAI" ] || { echo "get-genai: BAILIWICK_GENAI names $BAILIWICK_GENAI, which is not a file" >&2; exit 1; }
  echo "$BAILIWICK_GENAI"
  exit 0
fi
if matches "$library"; then echo "$library"; exit 0; fi

command -v npm >/dev/null || { echo "get-genai: npm is needed to fetch $package; install it (apt-get install npm), or set BAILIWICK_GENAI to a libonnxruntime-genai.so $version" >&2; exit 1; }
mkdir -p "$target"
work=$(mktemp -d "$target/fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT
echo "get-genai: fetching $package (100 MB)" >&2
(cd "$work" && npm pack --silent "$package" >/dev/null)
tar -xzf "$work"/*.tgz -C "$work" "$member"
matches "$work/$member" || { echo "get-genai: the library inside $package does not have the pinned digest $digest; nothing was installed" >&2; exit 1; }
mv "$work/$member" "$library"
echo "$library"
