# Shared by quickstart.sh and test.sh: finds or installs what is needed, builds, fetches GenAI's library. Asks nothing.
# Sourced, not run.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
home=${BAILIWICK_HOME:-${XDG_DATA_HOME:-$HOME/.local/share}/bailiwick}
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
# .NET names the terminal's capabilities; scripts want plain text.
export DOTNET_SYSTEM_CONSOLE_ALLOW_ANSI_COLOR_REDIRECTION=0

say() { printf '%s\n' "$*"; }
step() { printf '\n== %s\n' "$*"; }
die() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; exit 1; }

# as_root CMD...: runs a command as root where that needs no question, else fails.
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; elif command -v sudo >/dev/null; then sudo -n "$@"; else return 1; fi
}

# apt_install PACKAGE...: quiet; updates the lists once in a run when a package is unknown.
apt_install() {
  command -v apt-get >/dev/null || return 1
  if ! apt-cache show "$@" >/dev/null 2>&1; then
    as_root apt-get update -qq >/dev/null 2>&1 || return 1
  fi
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# need COMMAND PACKAGE WHY: finds a command, else installs its Debian package, else says what to do.
need() {
  command -v "$1" >/dev/null && return 0
  say "installing $2 ($3)"
  apt_install "$2" && command -v "$1" >/dev/null && return 0
  die "$1 is missing ($3). Install it (Debian: apt-get install $2) and run this command again."
}

need_dotnet() {
  if dotnet --list-sdks 2>/dev/null | grep -q '^10\.'; then return 0; fi
  say "installing the .NET 10 SDK"
  if apt_install dotnet-sdk-10.0 && dotnet --list-sdks 2>/dev/null | grep -q '^10\.'; then return 0; fi
  die "the .NET 10 SDK is missing and apt knows no dotnet-sdk-10.0 here. Install it (dotnet.microsoft.com, or your mirror) so that 'dotnet --list-sdks' shows a 10.x, and run this command again."
}

need_platform() {
  [ "$(uname -sm)" = "Linux x86_64" ] || die "this runs on Linux x86_64 for now; here is $(uname -sm)."
  local free_kb
  free_kb=$(df -Pk "$root" | awk 'NR == 2 { print $4 }')
  [ "$free_kb" -gt 2000000 ] || die "2 GB of free disk are needed in $root; $((free_kb / 1024)) MB are free."
}

# build CONFIGURATION PROJECT...: restores and builds, quietly unless it fails.
build() {
  local configuration=$1 log project
  shift
  log=$(mktemp)
  for project in "$@"; do
    if ! dotnet build "$root/$project" -c "$configuration" -v quiet -nologo >"$log" 2>&1; then
      cat "$log" >&2
      rm -f "$log"
      die "the build of $project failed (above)."
    fi
  done
  rm -f "$log"
}

genai_library() {
  need npm npm "npm fetches ONNX Runtime GenAI's library" >&2
  bash "$root/infra/get-genai.sh"
}
