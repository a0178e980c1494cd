-- The verifiable log: records as they became durable, and the signed tree over them (DESIGN.md section 8).
-- Records and tiles are never changed; only the head moves. Nobody but the schema's owner may delete anything here.

-- A leaf is stored once, in the bytes that were hashed. Order of identity is not order of commit: who reads in order goes by
-- (xid, id) and only as far as no older transaction is still running.
CREATE TABLE records (
    id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    xid    xid8 NOT NULL DEFAULT pg_current_xact_id(),
    kind   text NOT NULL,
    silo   text NOT NULL,                                   -- who wrote it; its records name each other in this order
    leaf   bytea NOT NULL CHECK (octet_length(leaf) BETWEEN 1 AND 65535),
    hash   bytea NOT NULL UNIQUE CHECK (hash = sha256('\x00'::bytea || leaf)),    -- RFC 6962 leaf hash
    tenant text,                                            -- of the credential; null where a record belongs to no tenant
    intent bytea CHECK (octet_length(intent) = 32)          -- leaf hash of the intent that this is about
);

CREATE INDEX records_in_order ON records (xid, id);
CREATE INDEX records_of_silo ON records (silo, id);
-- One outcome for each intent; later news is of kind `amended`.
CREATE UNIQUE INDEX records_one_outcome ON records (intent) WHERE kind = 'outcome';

-- Which leaf of the tree a record is: each record once, each place once.
CREATE TABLE positions (
    leaf_index bigint PRIMARY KEY CHECK (leaf_index >= 0),
    record     bigint NOT NULL UNIQUE REFERENCES records (id)
);

-- Full hash tiles (C2SP tlog-tiles). The unfinished ones are the head's edge, entry bundles are the records themselves.
CREATE TABLE tiles (
    path    text PRIMARY KEY,
    content bytea NOT NULL CHECK (octet_length(content) = 8192)
);

-- One row: moved by compare-and-swap on size and root, in the transaction that writes tiles and positions.
CREATE TABLE head (
    one    boolean PRIMARY KEY DEFAULT true CHECK (one),
    size   bigint NOT NULL CHECK (size >= 0),
    root   bytea NOT NULL CHECK (octet_length(root) = 32),
    xid    xid8 NOT NULL,                                   -- of the last record in the tree
    record bigint NOT NULL,                                 -- its id
    edge   bytea NOT NULL                                   -- hashes of the unfinished tiles, level by level
);

INSERT INTO head (size, root, xid, record, edge) VALUES (0, sha256(''), '0', 0, '');

-- What was signed, after the head that it names was committed. One root for each size.
CREATE TABLE checkpoints (
    size bigint PRIMARY KEY CHECK (size >= 0),
    note bytea NOT NULL
);

-- With what a silo's next record continues after a restart: a hash, and only of that silo's last record.
CREATE FUNCTION last_record(of_silo text) RETURNS bytea
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS 'SELECT hash FROM public.records WHERE silo = of_silo ORDER BY id DESC LIMIT 1';

REVOKE ALL ON records, positions, tiles, head, checkpoints FROM PUBLIC;
REVOKE ALL ON FUNCTION last_record(text) FROM PUBLIC;

-- Inserts records and reads none. Not `xid`: a record with an older one would never be read by the sequencer.
GRANT INSERT (kind, silo, leaf, hash, tenant, intent) ON records TO bailiwick_intake;
GRANT EXECUTE ON FUNCTION last_record(text) TO bailiwick_intake;

-- Reads records and makes the tree of them; cannot write one.
GRANT SELECT ON records, positions, tiles, head, checkpoints TO bailiwick_sequencer;
GRANT INSERT ON positions, tiles, checkpoints TO bailiwick_sequencer;
GRANT UPDATE (size, root, xid, record, edge) ON head TO bailiwick_sequencer;

GRANT SELECT ON records, positions, tiles, head, checkpoints TO bailiwick_auditor;
