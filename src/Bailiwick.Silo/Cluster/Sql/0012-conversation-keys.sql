-- A conversation that is begun twice under one idempotency key is one. What was asked stands sealed beside the metadata.
ALTER TABLE conversations ADD COLUMN idempotency bytea UNIQUE CHECK (octet_length(idempotency) = 32);   -- as that of turns

GRANT UPDATE (idempotency) ON conversations TO bailiwick_application;
