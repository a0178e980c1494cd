#!/usr/bin/env bash
# A private PostgreSQL cluster in a data folder: loopback port or Unix socket only, never as root, durable (fsync on).
#   private-cluster.sh start FOLDER PORT   makes it when it is not there; prints the socket folder
#   private-cluster.sh stop FOLDER         fast shutdown
#   private-cluster.sh status FOLDER
# As root it runs as the user `postgres` (made by Debian's package); otherwise as the caller.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

[ $# -ge 2 ] || die "usage: $(basename "$0") start FOLDER PORT | stop FOLDER | status FOLDER"
verb=$1 folder=$2 port=${3:-}

binaries() {
  local newest
  newest=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
  [ -n "$newest" ] && [ -x "$newest/initdb" ] && echo "$newest"
}

bin=$(binaries) || { say "installing postgresql (conversations, membership and evidence are kept in it)" >&2; apt_install postgresql || true; }
bin=$(binaries) || die "PostgreSQL is missing. Install it (Debian: apt-get install postgresql) and run this command again."

run() { if [ "$(id -u)" = 0 ]; then (cd / && setpriv --reuid postgres --regid postgres --init-groups -- "$@"); else "$@"; fi; }

case $verb in
  start)
    [ -n "$port" ] || die "start needs a port."
    if [ ! -f "$folder/data/PG_VERSION" ]; then
      mkdir -p "$folder"
      folder=$(cd "$folder" && pwd)
      [ "$(id -u)" != 0 ] || chown postgres: "$folder"
      run test -x "$folder" || die "the user postgres cannot reach $folder: a folder above it is closed to it. Choose another (/var/lib/bailiwick)."
      # A Unix socket's path holds at most 107 bytes; its name takes 21 of them.
      [ "${#folder}" -le 78 ] || die "$folder is too long a name for a Unix socket (78 bytes at most)."
      run "$bin/initdb" -D "$folder/data" -U postgres -E UTF8 --locale=C --auth-local=peer --auth-host=scram-sha-256 \
        --data-checksums >"$folder/initdb.log" 2>&1 || { cat "$folder/initdb.log" >&2; die "initdb failed (above)."; }
      # The superuser over the socket is whoever owns the cluster: `postgres` where root makes it, else the caller.
      run sh -c "printf 'owner %s postgres\\n' \"\$(id -un)\" >>'$folder/data/pg_ident.conf'"
      run sed -i 's/^local  *all  *all  *peer$/local all postgres peer map=owner\n&/' "$folder/data/pg_hba.conf"
      run mkdir -p "$folder/socket"
      run sh -c "cat >>'$folder/data/postgresql.conf'" <<EOT
# Bailiwick: local only, durable.
listen_addresses = '127.0.0.1'
port = $port
unix_socket_directories = '$folder/socket'
unix_socket_permissions = 0777
fsync = on
full_page_writes = on
synchronous_commit = on
max_connections = 200
log_destination = 'stderr'
logging_collector = off
log_min_messages = warning
log_min_error_statement = panic
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
EOT
    fi
    if ! run "$bin/pg_ctl" -D "$folder/data" status >/dev/null 2>&1; then
      run "$bin/pg_ctl" -D "$folder/data" -l "$folder/data/server.log" -w -t 60 start >/dev/null \
        || { tail -n 20 "$folder/data/server.log" >&2; die "PostgreSQL did not start (above)."; }
    fi
    echo "$folder/socket"
    ;;
  stop)
    # Not running is stopped.
    if run "$bin/pg_ctl" -D "$folder/data" status >/dev/null 2>&1; then run "$bin/pg_ctl" -D "$folder/data" -m fast -w stop >/dev/null; fi
    ;;
  status) run "$bin/pg_ctl" -D "$folder/data" status ;;
  *) die "unknown verb '$verb' (start, stop, status)." ;;
esac
