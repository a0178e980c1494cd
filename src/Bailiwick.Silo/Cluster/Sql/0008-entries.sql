-- Catalogue entries of every model that a node ever offered here, by their digest: an evidence pack holds them. Rows never change.
CREATE TABLE entries (
    digest  text PRIMARY KEY CHECK (digest = encode(sha256(content), 'hex')),
    content bytea NOT NULL CHECK (octet_length(content) BETWEEN 1 AND 1048576),
    since   timestamptz NOT NULL DEFAULT now()
);

REVOKE ALL ON entries FROM PUBLIC;
GRANT SELECT, INSERT (digest, content) ON entries TO bailiwick_application;
