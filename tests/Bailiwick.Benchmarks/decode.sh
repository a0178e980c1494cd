#!/usr/bin/env bash
# The decode benchmark on the default model: builds, imports, fetches llama.cpp's library, measures. On a quiet machine.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../../infra/lib.sh"

build Release src/Bailiwick.Cli tests/Bailiwick.Benchmarks
BAILIWICK_GENAI=$(genai_library)
ORT_DISABLE_TELEMETRY=1
export BAILIWICK_GENAI ORT_DISABLE_TELEMETRY
folder=$("$root/src/Bailiwick.Cli/bin/Release/net10.0/bailiwick" models import "$root/models/smollm2-135m-instruct" --output json 2>/dev/null \
  | sed -n 's/.*"folder": *"\([^"]*\)".*/\1/p')
cd "$root"
exec dotnet "$root/tests/Bailiwick.Benchmarks/bin/Release/net10.0/Bailiwick.Benchmarks.dll" decode "$folder" \
  "$root/models/smollm2-135m-instruct/SmolLM2-135M-Instruct.Q4_1.gguf" "$(bash "$root/tests/Bailiwick.Benchmarks/get-llama.sh")"
