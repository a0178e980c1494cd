-- Roles of a Bailiwick database, one per duty. None can log in; logins are members of exactly one (provision.sh).
-- Run by a superuser, since roles belong to the whole PostgreSQL cluster and the schema's owner must not be able to make any.
-- What each may do with which table stands beside the table, in src/Bailiwick.Silo/Cluster/Sql.
-- May run again.

SELECT format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION', duty)
FROM unnest(ARRAY[
    'bailiwick_owner',          -- owns the schema; used by bailiwick-silo migrate alone
    'bailiwick_application',    -- membership, keys, desired replicas
    'bailiwick_intake',         -- inserts records, reads nothing
    'bailiwick_sequencer',      -- reads records, writes tiles and heads
    'bailiwick_auditor'         -- reads records, tiles and heads
]) AS duty
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = duty)
\gexec
