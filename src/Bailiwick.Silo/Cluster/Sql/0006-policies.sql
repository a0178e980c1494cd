-- The policies that this boundary has ever had in force. The one with the highest epoch is in force; rows never change, so that
-- an evidence pack can hold each policy that a record names.
CREATE TABLE policies (
    epoch     bigint PRIMARY KEY CHECK (epoch BETWEEN 1 AND 999999999999999),
    digest    text NOT NULL UNIQUE CHECK (digest ~ '^[0-9a-f]{64}$'),
    content   bytea NOT NULL,
    activated timestamptz NOT NULL DEFAULT now()
);

REVOKE ALL ON policies FROM PUBLIC;
GRANT SELECT, INSERT ON policies TO bailiwick_application;
GRANT SELECT ON policies TO bailiwick_auditor;
