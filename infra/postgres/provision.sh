#!/usr/bin/env bash
# Makes the database `bailiwick`, the roles by duty and a login for each, in a cluster of private-cluster.sh.
#   provision.sh FOLDER PORT   writes FOLDER/logins/DUTY.pgpass (mode 0600), for Passfile= in a silo's connection strings
# A second run makes what is missing and changes nothing else; a login whose file is gone gets a new password.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

[ $# -eq 2 ] || die "usage: $(basename "$0") FOLDER PORT"
folder=$1 port=$2
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
database=bailiwick
logins=$folder/logins
umask 077

# sql DATABASE: statements from stdin as the superuser, over the socket; nothing of them is logged or shown in a process list.
sql() {
  local database=$1
  local command=(psql -X -q -A -t -v ON_ERROR_STOP=1 -h "$folder/socket" -p "$port" -U postgres -d "$database")
  if [ "$(id -u)" = 0 ]; then (cd / && setpriv --reuid postgres --regid postgres --init-groups -- "${command[@]}"); else "${command[@]}"; fi
}

sql postgres <"$here/roles.sql"
[ "$(sql postgres <<<"SELECT count(*) FROM pg_database WHERE datname = '$database'")" = 1 ] \
  || sql postgres <<<"CREATE DATABASE $database OWNER bailiwick_owner"
sql "$database" <<EOT
REVOKE ALL ON DATABASE $database FROM PUBLIC;
GRANT CONNECT ON DATABASE $database TO bailiwick_application, bailiwick_intake, bailiwick_sequencer, bailiwick_auditor;
ALTER SCHEMA public OWNER TO bailiwick_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
EOT

mkdir -p "$logins"
for duty in owner application intake sequencer auditor; do
  login=bailiwick_${duty}_login
  file=$logins/$duty.pgpass
  [ ! -f "$file" ] || continue
  password=$(head -c 24 /dev/urandom | od -An -v -tx1 | tr -d ' \n')
  verb=ALTER
  [ "$(sql postgres <<<"SELECT count(*) FROM pg_roles WHERE rolname = '$login'")" = 1 ] || verb=CREATE
  # `SET role`: what the owner's login makes belongs to the duty, not to the login.
  sql postgres <<EOT
$verb ROLE $login LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION CONNECTION LIMIT 60 PASSWORD '$password';
GRANT bailiwick_$duty TO $login;
ALTER ROLE $login SET role = 'bailiwick_$duty';
EOT
  # Written last: a login whose file is there has this password.
  printf '127.0.0.1:%s:%s:%s:%s\n' "$port" "$database" "$login" "$password" >"$file.new"
  mv "$file.new" "$file"
done
echo "$logins"
