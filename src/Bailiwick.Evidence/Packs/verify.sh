#!/usr/bin/env bash
# Checks an evidence pack with bash, awk, coreutils and openssl (1.1.1 or later), and nothing of ours.
#
#   verify.sh [-d PACK] LOG-KEY [WITNESS-KEY ...]
#
# PACK is the folder (default: where this script lies). A key is a verifier key, NAME+ID+KEY, or a file that holds one,
# looked for from where you stand; get it from the operator and the witness, not from the pack. Each witness named must
# have cosigned. Since a pack can bring a false script, compare this file's SHA-256 with the published one, or run a copy
# of your own with -d.
#
# Exit status: 0 verified, 1 refused (every fault is printed with its place), 2 cannot run.
set -u -o pipefail
export LC_ALL=C
shopt -s nullglob dotglob globstar

die() { printf 'verify.sh: %s\n' "$*" >&2; exit 2; }

faults=0
fault() { printf 'REFUSED %s: %s\n' "$1" "$2"; faults=$((faults + 1)); }
ok() { printf 'ok      %s\n' "$*"; }

usage='usage: verify.sh [-d PACK] LOG-KEY [WITNESS-KEY ...]'
pack=$(dirname -- "${BASH_SOURCE[0]}")
if [ "${1-}" = -d ]; then pack=${2-}; shift 2 || die "-d needs a folder"; fi
case "${1-}" in -h | --help) printf '%s\n' "$usage"; exit 0;; -* | '') die "$usage";; esac
for tool in awk openssl sha256sum basenc base64 split od mktemp; do
  command -v "$tool" >/dev/null || die "needs $tool"
done
[ -d "$pack" ] || die "no folder $pack"

# Keys that are files are read before the pack is entered: a file of that name in the pack must never be taken for one.
keys=()
for key in "$@"; do
  if [ -f "$key" ]; then key=$(head -n 1 -- "$key") || die "cannot read $key"; fi
  keys+=("$key")
done
cd -- "$pack" || die "cannot enter $pack"
# Memory is faster than a disk for many small files; TMPDIR names another place.
[ -n "${TMPDIR-}" ] || { [ -d /dev/shm ] && [ -w /dev/shm ] && TMPDIR=/dev/shm; }
tmp=$(mktemp -d "${TMPDIR:-/tmp}/verify-XXXXXX") || die "no temporary folder"
trap 'rm -rf -- "$tmp"' EXIT
mkdir "$tmp/work"

hex() { od -An -v -tx1 | tr -d ' \n'; }
plain() { [[ $1 =~ ^(0|[1-9][0-9]{0,17})$ ]]; }

# --- keys and signed notes (C2SP signed-note) ----------------------------------------------------------------------

# Takes a verifier key apart into key_name, key_id, key_type, and $tmp/key.pem.
load_key() {
  local text=$1 material
  key_name=${text%%+*}
  material=${text#*+}; key_id=${material%%+*}; material=${material#*+}
  printf '%s' "$material" | base64 -d >"$tmp/key" 2>/dev/null || die "neither a verifier key (NAME+ID+KEY) nor a file that holds one: $1"
  key_type=$(head -c 1 "$tmp/key" | hex)
  [ "$(wc -c <"$tmp/key")" -eq 33 ] || die "$key_name: this script checks Ed25519 keys only"
  [ "$({ printf '%s\n' "$key_name"; cat "$tmp/key"; } | sha256sum | head -c 8)" = "$key_id" ] ||
    die "$key_name: the key id is not that of this key"
  { printf -- '-----BEGIN PUBLIC KEY-----\n'
    { printf '\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00'; tail -c 32 "$tmp/key"; } | base64 -w 0
    printf '\n-----END PUBLIC KEY-----\n'; } >"$tmp/key.pem"
}

# Splits a note into $tmp/text and $tmp/signatures at its last empty line.
split_note() {
  [ -f "$1" ] && [ ! -L "$1" ] || { fault "$1" "is missing"; return 1; }
  [ "$(tr -d '\n\040-\377' <"$1" | wc -c)" -eq 0 ] || { fault "$1" "holds a control character"; return 1; }
  [ "$(tail -c 1 -- "$1" | hex)" = 0a ] || { fault "$1" "does not end with a newline"; return 1; }
  awk -v text="$tmp/text" -v signatures="$tmp/signatures" '
    { line[NR] = $0; if ($0 == "") blank = NR }
    END {
      if (!blank || blank == NR) exit 1
      printf "" > text; printf "" > signatures
      for (i = 1; i < blank; i++) print line[i] > text
      for (i = blank + 1; i <= NR; i++) print line[i] > signatures
    }' "$1" || { fault "$1" "is not a signed note"; return 1; }
}

# Checks each signature of the loaded key on the split note: at least one, and none that fails.
check_note() {
  local file=$1 line mark name text bytes seconds found=0
  while IFS= read -r line; do
    read -r mark name text <<<"$line"
    # One spelling: read drops blanks, and a line with more of them would be a changed file that still verifies.
    [ "$mark" = $'\xe2\x80\x94' ] && [ -n "$text" ] && [ "$line" = "$mark $name $text" ] ||
      { fault "$file" "malformed signature line"; return 1; }
    [ "$name" = "$key_name" ] || continue
    printf '%s' "$text" | base64 -d >"$tmp/line" 2>/dev/null && [ "$(base64 -w 0 "$tmp/line")" = "$text" ] ||
      { fault "$file" "a signature that is not base64"; return 1; }
    [ "$(head -c 4 "$tmp/line" | hex)" = "$key_id" ] || continue
    cp "$tmp/text" "$tmp/message"
    bytes=5
    if [ "$key_type" = 04 ]; then
      seconds=$((16#$(tail -c +5 "$tmp/line" | head -c 8 | hex)))
      { printf 'cosignature/v1\ntime %d\n' "$seconds"; cat "$tmp/text"; } >"$tmp/message"
      bytes=13
    fi
    tail -c "+$bytes" "$tmp/line" >"$tmp/signature"
    openssl pkeyutl -verify -pubin -inkey "$tmp/key.pem" -rawin -in "$tmp/message" -sigfile "$tmp/signature" \
      >/dev/null 2>&1 || { fault "$file" "invalid signature for $key_name"; return 1; }
    found=1
  done <"$tmp/signatures"
  [ "$found" -eq 1 ] || { fault "$file" "no signature of $key_name"; return 1; }
}

# Reads origin, size and root from a split checkpoint.
read_head() {
  { IFS= read -r origin; IFS= read -r size; IFS= read -r root64; } <"$tmp/text"
  plain "$size" || { fault "$1" "the tree size is not a plain number"; return 1; }
  [ "$origin" = "$key_name" ] || { fault "$1" "is of another log"; return 1; }
  root=$(printf '%s' "$root64" | base64 -d 2>/dev/null | hex)
  [ ${#root} -eq 64 ] || { fault "$1" "the root is not 32 bytes of base64"; return 1; }
}

# --- hashes, level by level ----------------------------------------------------------------------------------------
# One process hashes ten thousand files: a process for each record would cost milliseconds. split hands the records to
# a filter in batches, so no more than one batch lies in the temporary folder.

batch=10000
export SHELL=$BASH tmp

# One file for each line: 0x00, then the leaf without its newline (RFC 6962). print, since printf cuts long lines in some awks.
cat >"$tmp/leaves.awk" <<'AWK'
BEGIN { ORS = "" }
{ file = sprintf("%s%06d", folder, NR); printf "%c", 0 >file; print >file; close(file) }
AWK
hash_files='sha256sum -- "$tmp"/work/* && rm -f -- "$tmp"/work/*'
hash_lines() {
  split -l "$batch" --filter='awk -v folder="$tmp/work/" -f "$tmp/leaves.awk" && '"$hash_files" - | awk '{ print $1 }'
}

# The children of level $1 in pairs, each with 0x01 in front; a last one without sibling is passed up.
hash_level() {
  local below="$tmp/level$1" above="$tmp/level$(($1 + 1))"
  awk 'NR % 2 { left = $1; next } { printf "01%s%s", toupper(left), toupper($1) }' "$below" | basenc -d --base16 |
    split -b $((65 * batch)) --filter='split -b 65 -a 6 -d - "$tmp/work/" && '"$hash_files" - | awk '{ print $1 }' >"$above"
  awk '{ last = $1 } END { if (NR % 2) print last }' "$below" >>"$above"
}

node() { printf '01%s%s' "$1" "$2" | tr a-f A-F | basenc -d --base16 | sha256sum | head -c 64; }

# Root of the first $1 leaves, from the levels of the whole tree.
root_of() {
  local rest=$1 level=0 hash='' subtree
  while [ "$rest" -gt 0 ]; do
    if [ $((rest & 1)) -eq 1 ]; then
      subtree=$(awk -v n="$rest" 'NR == n { print; exit }' "$tmp/level$level")
      if [ -z "$hash" ]; then hash=$subtree; else hash=$(node "$subtree" "$hash"); fi
    fi
    rest=$((rest >> 1)); level=$((level + 1))
  done
  [ -n "$hash" ] || hash=$(printf '' | sha256sum | head -c 64)
  printf '%s' "$hash"
}

[ "$(echo | hash_lines)" = 6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d ] ||
  die "this awk cannot write a zero byte: use mawk or gawk"

# Path of tile $2 of level $1 with $3 hashes.
tile_path() {
  local rest=$2 path
  printf -v path '%03d' $((rest % 1000)); rest=$((rest / 1000))
  while [ "$rest" -gt 0 ]; do
    printf -v path 'x%03d/%s' $((rest % 1000)) "$path"; rest=$((rest / 1000))
  done
  if [ "$3" -eq 256 ]; then printf 'tile/%d/%s\n' "$1" "$path"; else printf 'tile/%d/%s.p/%d\n' "$1" "$path" "$3"; fi
}

# All tiles of a tree of $size leaves, one level after the other.
tiles_of_level() {
  local hashes=$(($2 >> (8 * $1))) index=0
  for ((; (index + 1) * 256 <= hashes; index++)); do tile_path "$1" "$index" 256; done
  [ $((hashes % 256)) -eq 0 ] || tile_path "$1" "$index" $((hashes % 256))
}

# --- the checks ----------------------------------------------------------------------------------------------------

check_checkpoint() {
  local witness
  load_key "$1"
  [ "$key_type" = 01 ] || die "$key_name is not the key of a log"
  split_note checkpoint && check_note checkpoint && read_head checkpoint || return 1
  head_size=$size head_root=$root log_name=$key_name
  ok "checkpoint: $log_name, $head_size leaves, signed by the log"
  for witness in "${@:2}"; do
    load_key "$witness"
    [ "$key_type" = 04 ] || die "$key_name is not the key of a witness"
    check_note checkpoint && ok "checkpoint: cosigned by $key_name"
  done
  load_key "$1"
}

check_manifest() {
  local sha length name before=$faults
  split_note MANIFEST && check_note MANIFEST || return 1
  [ "$(wc -l <"$tmp/signatures")" -eq 1 ] || fault MANIFEST "has not exactly one signature"
  { IFS= read -r version; IFS= read -r origin; IFS= read -r size; IFS= read -r root64; } <"$tmp/text"
  [ "$version" = 'bailiwick evidence pack v1' ] || { fault MANIFEST "is of another version"; return 1; }
  [ "$origin" = "$log_name" ] && [ "$size" = "$head_size" ] &&
    [ "$(printf '%s' "$root64" | base64 -d 2>/dev/null | hex)" = "$head_root" ] ||
    fault MANIFEST "names another log, size or root than the checkpoint"
  declare -gA known=([MANIFEST]=1)
  while read -r sha length name; do
    if [[ ! $sha =~ ^[0-9a-f]{64}$ || ! $name =~ ^[A-Za-z0-9._/-]+$ || /$name/ == */../* || $name == /* ]]; then
      fault MANIFEST "holds a line that names no file"; continue
    fi
    known[$name]=1
    if [ ! -f "$name" ] || [ -L "$name" ]; then fault "$name" "is missing"; continue; fi
    [ "$(sha256sum <"$name" | head -c 64)" = "$sha" ] || fault "$name" "is not the file that was listed"
  done < <(tail -n +5 "$tmp/text")
  for name in checkpoint events.jsonl verify.sh; do
    [ -n "${known[$name]-}" ] || fault MANIFEST "does not list $name"
  done
  [ "$faults" -ne "$before" ] || ok "MANIFEST: signed by the log, and the files are those listed"
}

check_strays() {
  local level name
  for ((level = 0; head_size >> (8 * level) > 0; level++)); do
    while read -r name; do known[$name]=1; done < <(tiles_of_level "$level" "$head_size")
  done
  for name in **/*; do
    { [ -d "$name" ] && [ ! -L "$name" ]; } || [ -n "${known[$name]-}" ] || fault "$name" "does not belong to this pack"
  done
}

check_events() {
  local lines level=0
  [ -f events.jsonl ] && [ ! -L events.jsonl ] || { fault events.jsonl "is missing"; return 1; }
  [ "$(tr -d '\n\040-\176' <events.jsonl | wc -c)" -eq 0 ] || { fault events.jsonl "holds bytes that no leaf has"; return 1; }
  [ ! -s events.jsonl ] || [ "$(tail -c 1 events.jsonl | hex)" = 0a ] || fault events.jsonl "does not end with a newline"
  lines=$(wc -l <events.jsonl)
  [ "$lines" -eq "$head_size" ] || fault events.jsonl "$lines lines where the signed tree has $head_size leaves"
  hash_lines <events.jsonl >"$tmp/level0"
  while [ "$(wc -l <"$tmp/level$level")" -gt 1 ]; do hash_level "$level"; level=$((level + 1)); done
  if [ "$lines" -eq "$head_size" ] && [ "$(root_of "$lines")" = "$head_root" ]; then
    ok "events.jsonl: $lines lines are the leaves of the signed tree"
  else
    fault events.jsonl "the lines do not give the signed root"
    name_lines
    return 1
  fi
}

# True if standard input is the file $1, byte for byte.
equals() { [ "$(sha256sum)" = "$(sha256sum <"$1")" ]; }

# Hashes of the tiles in $names, one a line; what is missing is left out.
stored_hashes() {
  local name present=()
  for name in "${names[@]}"; do [ ! -f "$name" ] || [ -L "$name" ] || present+=("$name"); done
  [ ${#present[@]} -eq 0 ] || cat -- "${present[@]}" | od -An -v -tx1 -w32 | tr -d ' '
}

# Where the lines differ from the tiles of level 0.
name_lines() {
  local names
  mapfile -t names < <(tiles_of_level 0 "$head_size")
  stored_hashes >"$tmp/stored"
  awk -v max=20 '
    NR == FNR { tile[NR] = $1; next }
    FNR in tile && tile[FNR] != $1 { if (n++ < max) printf "REFUSED events.jsonl, line %d: is not the leaf of tile/0\n", FNR }
    END { if (n > max) printf "REFUSED events.jsonl: and %d lines more\n", n - max }' "$tmp/stored" "$tmp/level0"
}

check_tiles() {
  local level names before=$faults
  for ((level = 0; head_size >> (8 * level) > 0; level++)); do
    mapfile -t names < <(tiles_of_level "$level" "$head_size")
    awk -v most=$((head_size >> (8 * level))) 'NR <= most' "$tmp/level$((8 * level))" >"$tmp/expected"
    stored_hashes | equals "$tmp/expected" || name_tiles
  done
  [ "$faults" -ne "$before" ] || ok "tile: every tile is that of the signed tree"
}

# Which of the tiles in $names differ from $tmp/expected.
name_tiles() {
  local name first=1 width
  for name in "${names[@]}"; do
    width=256
    [[ $name != *.p/* ]] || width=${name##*.p/}
    if [ ! -f "$name" ] || [ -L "$name" ]; then
      fault "$name" "is missing"
    else
      awk -v first="$first" -v last=$((first + width - 1)) 'NR >= first && NR <= last' "$tmp/expected" >"$tmp/tile"
      od -An -v -tx1 -w32 -- "$name" | tr -d ' ' | equals "$tmp/tile" ||
        fault "$name" "is not the tile of the signed tree"
    fi
    first=$((first + width))
  done
}

check_previous() {
  [ -e checkpoint.previous ] || return 0
  split_note checkpoint.previous && check_note checkpoint.previous && read_head checkpoint.previous || return 1
  if [ "$size" -le "$head_size" ] && [ "$(root_of "$size")" = "$root" ]; then
    ok "checkpoint.previous: the tree of $size leaves is continued"
  else
    fault checkpoint.previous "the tree of $size leaves is not the beginning of this one"
  fi
}

if check_checkpoint "${keys[@]}"; then
  check_manifest && check_strays
  check_events && check_tiles && check_previous
fi
[ "$faults" -eq 0 ] || { printf 'NOT VERIFIED, faults: %d\n' "$faults"; exit 1; }
printf 'VERIFIED: %s leaves of %s\n' "$head_size" "$log_name"
