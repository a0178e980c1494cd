-- API keys. A row holds the SHA-256 of a secret, never the secret; it is never deleted, so that records can be explained.

CREATE TABLE api_keys (
    id           text PRIMARY KEY CHECK (id ~ '^k-[0-9a-f]{16}$'),
    name         text NOT NULL CHECK (name ~ '^[a-z0-9-]{1,64}$'),
    hash         bytea NOT NULL CHECK (length(hash) = 32),
    jurisdiction text NOT NULL,
    class        text NOT NULL,
    purpose      text NOT NULL,
    tenant       text NOT NULL,
    scopes       text[] NOT NULL CHECK (cardinality(scopes) > 0 AND scopes <@ ARRAY['inference', 'operations', 'audit']),
    created      timestamptz NOT NULL,
    expires      timestamptz NOT NULL CHECK (expires > created),
    revoked      timestamptz
);

REVOKE ALL ON api_keys FROM PUBLIC;

-- A key's life can be ended, nothing else of it changes.
GRANT SELECT, INSERT, UPDATE (revoked) ON api_keys TO bailiwick_application;
