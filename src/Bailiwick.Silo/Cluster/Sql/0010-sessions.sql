-- A turn whose gateway was lost is run again for whoever asks, and works under what that reader's label adds to its own: its class may
-- rise, as a conversation's does. Nothing else of its label ever changes.
GRANT UPDATE (class) ON turns TO bailiwick_application;

-- Read backwards: both columns in one direction, so that a page begins at its cursor and not at the newest row.
DROP INDEX conversations_of_tenant;
CREATE INDEX conversations_of_tenant ON conversations (tenant, created, id);
