-- Who may do what with the membership (roles: infra/postgres/roles.sql). Nobody else may do anything.
-- Beyond this a silo's login can still rewrite the status of other silos: Orleans' protocol is that they vote each other dead.

DO $$
DECLARE
    duty text;
BEGIN
    FOREACH duty IN ARRAY ARRAY['application', 'intake', 'sequencer', 'auditor'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'bailiwick_' || duty) THEN
            RAISE EXCEPTION 'the role bailiwick_% is missing; run infra/postgres/provision.sh', duty;
        END IF;
    END LOOP;
END
$$;

REVOKE ALL ON orleansquery, orleansmembershipversiontable, orleansmembershiptable, schema_version FROM PUBLIC;

GRANT USAGE ON SCHEMA public TO bailiwick_application, bailiwick_intake, bailiwick_sequencer, bailiwick_auditor;

-- A silo refuses to start on another schema than its build's.
GRANT SELECT ON schema_version TO bailiwick_application;

-- Not the statements' texts: whoever writes them runs SQL in every silo.
GRANT SELECT ON orleansquery TO bailiwick_application;

-- No DELETE: a cluster's version never starts again.
GRANT SELECT, INSERT (deploymentid), UPDATE (version, "timestamp") ON orleansmembershipversiontable TO bailiwick_application;

-- Who a row is about never changes; DELETE is for old entries of dead silos.
GRANT SELECT, INSERT, DELETE, UPDATE (status, suspecttimes, iamalivetime) ON orleansmembershiptable
    TO bailiwick_application;
