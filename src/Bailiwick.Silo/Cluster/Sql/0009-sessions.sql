-- Conversations and kept turns. What somebody said or was answered stands here sealed (src/Bailiwick.Silo/Sessions/Seal.cs): whoever
-- reads the tables, a dump or a backup without the site's sealing key sees ids, labels, numbers and times.

CREATE TABLE conversations (
    id           text PRIMARY KEY CHECK (id ~ '^conv_[0-9a-f]{32}$'),
    tenant       text NOT NULL,
    owner        text NOT NULL,                     -- credential that began it
    jurisdiction text NOT NULL,                     -- fixed at creation
    class        text NOT NULL,                     -- rises with the joined label of its turns, never falls
    purpose      text NOT NULL,
    metadata     bytea NOT NULL,                    -- sealed
    created      timestamptz NOT NULL,
    expires      timestamptz NOT NULL               -- later with every turn
);

CREATE INDEX conversations_of_tenant ON conversations (tenant, created DESC, id);
CREATE INDEX conversations_expiry ON conversations (expires);

CREATE TABLE turns (
    id           text PRIMARY KEY CHECK (id ~ '^(turn|resp)_[0-9a-f]{32}$'),
    conversation text REFERENCES conversations (id) ON DELETE CASCADE,
    place        integer CHECK (place > 0),         -- in its conversation
    previous     text,                              -- a turn whose history comes first; it may be gone
    tenant       text NOT NULL,
    owner        text NOT NULL,                     -- credential that asked
    visible      boolean NOT NULL,                  -- false: kept for its idempotency key alone
    idempotency  bytea UNIQUE CHECK (octet_length(idempotency) = 32),   -- SHA-256 of tenant, credential and key
    state        text NOT NULL CHECK (state IN ('running', 'completed', 'incomplete', 'failed', 'cancelled')),
    attempt      integer NOT NULL DEFAULT 1,        -- who may write the answer: a gateway that was lost holds an older number
    jurisdiction text NOT NULL,
    class        text NOT NULL,
    purpose      text NOT NULL,
    model        text NOT NULL,                     -- name@digest
    seed         bigint NOT NULL,
    turn         text NOT NULL,                     -- id in the records, of this attempt
    request      bytea NOT NULL,                    -- sealed
    answer       bytea,                             -- sealed
    code         text,                              -- of the error table, where it failed
    created      timestamptz NOT NULL,
    ended        timestamptz,
    idempotent   timestamptz,                       -- until then its key names it
    expires      timestamptz NOT NULL,
    CHECK ((conversation IS NULL) = (place IS NULL)),
    CHECK ((answer IS NOT NULL) = (state IN ('completed', 'incomplete')))
);

-- The fence behind the grain's lease: one place holds one turn, and one turn of a conversation runs at a time.
CREATE UNIQUE INDEX turns_in_order ON turns (conversation, place);
CREATE UNIQUE INDEX turns_one_running ON turns (conversation) WHERE state = 'running';
CREATE INDEX turns_by_record ON turns (turn);
CREATE INDEX turns_expiry ON turns (expires);
CREATE INDEX turns_idempotent ON turns (idempotent) WHERE idempotency IS NOT NULL;

REVOKE ALL ON conversations, turns FROM PUBLIC;

-- What a turn was about never changes; its end, its attempt and the seal around it do.
GRANT SELECT, INSERT, DELETE ON conversations, turns TO bailiwick_application;
GRANT UPDATE (class, metadata, expires) ON conversations TO bailiwick_application;
GRANT UPDATE (idempotency, idempotent, visible, state, place, attempt, turn, request, answer, code, ended, expires) ON turns TO bailiwick_application;
