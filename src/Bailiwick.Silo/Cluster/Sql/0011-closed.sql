-- How far the log has been looked through for intents without outcome: up to here every intent has one, for ever. A gateway that starts
-- looks behind this, and not through the whole log.
CREATE TABLE closed (
    one    boolean PRIMARY KEY DEFAULT true CHECK (one),
    xid    xid8 NOT NULL,
    record bigint NOT NULL
);

INSERT INTO closed (xid, record) VALUES ('0', 0);

REVOKE ALL ON closed FROM PUBLIC;
GRANT SELECT, UPDATE (xid, record) ON closed TO bailiwick_sequencer;
