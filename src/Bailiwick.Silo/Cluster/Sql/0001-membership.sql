-- Cluster membership for Orleans' AdoNet provider (10.4): it reads every statement it needs from orleansquery at start and
-- binds parameters and columns by name, so the names below are its contract; the statements are ours.
-- One membership version row per cluster; its row lock serialises writers, and its number is the optimistic-concurrency tag.

CREATE TABLE orleansquery (
    querykey  text PRIMARY KEY,
    querytext text NOT NULL
);

CREATE TABLE orleansmembershipversiontable (
    deploymentid text PRIMARY KEY,
    "timestamp"  timestamptz NOT NULL DEFAULT now(),
    version      integer NOT NULL DEFAULT 0
);

CREATE TABLE orleansmembershiptable (
    deploymentid  text NOT NULL REFERENCES orleansmembershipversiontable (deploymentid),
    address       text NOT NULL,
    port          integer NOT NULL,
    generation    integer NOT NULL,
    siloname      text NOT NULL,
    hostname      text NOT NULL,
    status        integer NOT NULL,
    proxyport     integer,
    suspecttimes  text,
    starttime     timestamptz NOT NULL,
    iamalivetime  timestamptz NOT NULL,
    PRIMARY KEY (deploymentid, address, port, generation)
);

INSERT INTO orleansquery (querykey, querytext) VALUES
('InsertMembershipVersionKey', $sql$
    WITH added AS (
        INSERT INTO orleansmembershipversiontable (deploymentid) VALUES (@DeploymentId)
        ON CONFLICT DO NOTHING RETURNING 1)
    SELECT count(*)::int FROM added
$sql$),

('InsertMembershipKey', $sql$
    WITH bumped AS (
        UPDATE orleansmembershipversiontable SET version = version + 1, "timestamp" = now()
        WHERE deploymentid = @DeploymentId AND version = @Version AND NOT EXISTS (
            SELECT 1 FROM orleansmembershiptable
            WHERE deploymentid = @DeploymentId AND address = @Address AND port = @Port AND generation = @Generation)
        RETURNING 1),
    added AS (
        INSERT INTO orleansmembershiptable (deploymentid, address, port, generation, siloname, hostname, status, proxyport,
            starttime, iamalivetime)
        SELECT @DeploymentId, @Address, @Port, @Generation, @SiloName, @HostName, @Status, @ProxyPort,
            @StartTime, @IAmAliveTime
        FROM bumped RETURNING 1)
    SELECT count(*)::int FROM added
$sql$),

('UpdateMembershipKey', $sql$
    WITH bumped AS (
        UPDATE orleansmembershipversiontable SET version = version + 1, "timestamp" = now()
        WHERE deploymentid = @DeploymentId AND version = @Version AND EXISTS (
            SELECT 1 FROM orleansmembershiptable
            WHERE deploymentid = @DeploymentId AND address = @Address AND port = @Port AND generation = @Generation)
        RETURNING 1),
    changed AS (
        UPDATE orleansmembershiptable
        SET status = @Status, suspecttimes = @SuspectTimes, iamalivetime = @IAmAliveTime
        FROM bumped
        WHERE deploymentid = @DeploymentId AND address = @Address AND port = @Port AND generation = @Generation
        RETURNING 1)
    SELECT count(*)::int FROM changed
$sql$),

('UpdateIAmAlivetimeKey', $sql$
    UPDATE orleansmembershiptable SET iamalivetime = @IAmAliveTime
    WHERE deploymentid = @DeploymentId AND address = @Address AND port = @Port AND generation = @Generation
$sql$),

('MembershipReadRowKey', $sql$
    SELECT v.deploymentid, m.address, m.port, m.generation, m.siloname, m.hostname, m.status, m.proxyport, m.suspecttimes,
        m.starttime, m.iamalivetime, v.version
    FROM orleansmembershipversiontable v
    LEFT JOIN orleansmembershiptable m ON m.deploymentid = v.deploymentid
        AND m.address = @Address AND m.port = @Port AND m.generation = @Generation
    WHERE v.deploymentid = @DeploymentId
$sql$),

('MembershipReadAllKey', $sql$
    SELECT v.deploymentid, m.address, m.port, m.generation, m.siloname, m.hostname, m.status, m.proxyport, m.suspecttimes,
        m.starttime, m.iamalivetime, v.version
    FROM orleansmembershipversiontable v
    LEFT JOIN orleansmembershiptable m ON m.deploymentid = v.deploymentid
    WHERE v.deploymentid = @DeploymentId
$sql$),

('DeleteMembershipTableEntriesKey', $sql$
    WITH rows AS (DELETE FROM orleansmembershiptable WHERE deploymentid = @DeploymentId)
    DELETE FROM orleansmembershipversiontable WHERE deploymentid = @DeploymentId
$sql$),

-- Dead silos (6) only: a joining or stopping one whose clock or database was away is not swept.
('CleanupDefunctSiloEntriesKey', $sql$
    DELETE FROM orleansmembershiptable
    WHERE deploymentid = @DeploymentId AND iamalivetime < @IAmAliveTime AND status = 6
$sql$),

('GatewaysQueryKey', $sql$
    SELECT address, proxyport, generation FROM orleansmembershiptable
    WHERE deploymentid = @DeploymentId AND status = @Status AND proxyport > 0
$sql$);
