#!/usr/bin/env bash
# From a fresh clone to an answer: installs or names what is missing, builds, fetches GenAI's library, imports the default
# model, asks it a question. Asks nothing; a second run reuses everything.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
[ $# -eq 0 ] || die "takes no argument (see README.md)."

started=$SECONDS
question=${BAILIWICK_QUESTION:-What is the capital of France? Answer in one sentence.}

step "Tools"
need_platform
need_dotnet
need unshare util-linux "isolates the decoder"
say "dotnet $(dotnet --version)"

step "Build"
build Release src/Bailiwick.Cli
bailiwick=$root/src/Bailiwick.Cli/bin/Release/net10.0/bailiwick
say "built $(basename "$bailiwick")"

step "ONNX Runtime GenAI"
BAILIWICK_GENAI=$(genai_library)
export BAILIWICK_GENAI
say "$BAILIWICK_GENAI"

step "Model"
"$bailiwick" models import "$root/models/smollm2-135m-instruct"

step "Question: $question"
"$bailiwick" models try smollm2-135m-instruct "$question" --seed 1

cat <<EOT

Ready in $((SECONDS - started)) s. Go on with:
  alias bailiwick=$bailiwick
  bailiwick models list
  bailiwick models try smollm2-135m-instruct "Name three rivers of Europe." --output json
  bailiwick --help
Models and builds are kept in $home; removing that folder undoes everything outside this checkout.
EOT
