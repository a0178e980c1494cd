-- Which node is meant to serve which model, and which nodes take no new turns. What a replica does at the moment is not here:
-- workers report it to the model's grain.

CREATE TABLE replicas (
    model  text NOT NULL,
    zone   text NOT NULL,
    node   text NOT NULL,
    source text NOT NULL,
    PRIMARY KEY (model, zone, node)
);

CREATE TABLE drains (
    zone  text NOT NULL,
    node  text NOT NULL,
    since timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (zone, node)
);

REVOKE ALL ON replicas, drains FROM PUBLIC;

-- A node says what it is configured to serve when it starts; which rows it is about never changes.
GRANT SELECT, INSERT, DELETE, UPDATE (source) ON replicas TO bailiwick_application;

-- A drain begins and ends; when it began does not change.
GRANT SELECT, INSERT (zone, node), DELETE ON drains TO bailiwick_application;
