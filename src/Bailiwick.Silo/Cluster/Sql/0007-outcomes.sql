-- Which outcome stands for an intent: a silo whose own came second names it in the receipt, and writes its news as `amended`.
CREATE FUNCTION outcome_of(of_intent bytea) RETURNS bytea
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS 'SELECT hash FROM public.records WHERE kind = ''outcome'' AND intent = of_intent';

REVOKE ALL ON FUNCTION outcome_of(bytea) FROM PUBLIC;

-- A hash, and only for one whose intent it knows already: the intake still reads no record.
GRANT EXECUTE ON FUNCTION outcome_of(bytea) TO bailiwick_intake;
