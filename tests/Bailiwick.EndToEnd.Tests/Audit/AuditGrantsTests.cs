using Bailiwick.Evidence;
using Bailiwick.Silo.Audit;
using Npgsql;

namespace Bailiwick.EndToEnd.Tests.Audit;

/// <summary>What each login may do with the log, tried on the server.</summary>
[Collection(AuditCollection.Name)]
[Trait("Category", "Audit")]
public sealed class AuditGrantsTests(AuditSite audit)
{
    private static readonly string[] Tables = ["records", "positions", "tiles", "head", "checkpoints", "closed"];

    public static TheoryData<string> Duties => ["application", "intake", "sequencer", "auditor"];

    [Theory]
    [MemberData(nameof(Duties))]
    public async Task Login_OfASilo_CannotDeleteOrRewriteEvidence(string duty)
    {
        string[] statements =
        [
            .. Tables.SelectMany(table => new[] { $"DELETE FROM {table}", $"TRUNCATE {table}", $"DROP TABLE {table}", $"ALTER TABLE {table} DISABLE TRIGGER ALL" }),
            "UPDATE records SET leaf = ''", "UPDATE records SET tenant = 'other'", "UPDATE positions SET leaf_index = 0", "UPDATE tiles SET content = ''",
            "UPDATE checkpoints SET note = ''", "UPDATE head SET one = true", "UPDATE closed SET one = true", "INSERT INTO closed (xid, record) VALUES ('0', 0)", "INSERT INTO head (size, root, xid, record, edge) VALUES (0, '', '0', 0, '')",
            "CREATE OR REPLACE FUNCTION outcome_of(of_intent bytea) RETURNS bytea LANGUAGE sql AS 'SELECT NULL::bytea'",
            "CREATE OR REPLACE FUNCTION last_record(of_silo text) RETURNS bytea LANGUAGE sql AS 'SELECT NULL::bytea'",
        ];
        await AssertRefusedAsync(duty, statements);
    }

    [Fact]
    public async Task Intake_ThatReads_IsRefused() => await AssertRefusedAsync("intake",
    [
        .. Tables.Select(table => $"SELECT * FROM {table}"), "SELECT hash FROM records", "UPDATE head SET size = 1",
        "INSERT INTO records (kind, silo, leaf, hash) VALUES ('x', 'x', 'x', sha256('\\x0078'::bytea)) RETURNING id",
        "INSERT INTO records (kind, silo, leaf, hash) VALUES ('x', 'x', 'x', sha256('\\x0078'::bytea)) ON CONFLICT (hash) DO NOTHING",
        "INSERT INTO tiles VALUES ('x', 'x')", "INSERT INTO checkpoints VALUES (1, 'x')", "INSERT INTO positions VALUES (0, 1)",
    ]);

    /// <summary>A record of an older transaction would never be read by the sequencer.</summary>
    [Fact]
    public async Task Intake_ThatChoosesTransactionOrIdentity_IsRefused() => await AssertRefusedAsync("intake",
    [
        "INSERT INTO records (xid, kind, silo, leaf, hash) VALUES ('1', 'x', 'x', 'x', sha256('\\x0078'::bytea))",
        "INSERT INTO records (id, kind, silo, leaf, hash) OVERRIDING SYSTEM VALUE VALUES (1, 'x', 'x', 'x', sha256('\\x0078'::bytea))",
    ]);

    [Fact]
    public async Task Sequencer_ThatWritesRecords_IsRefused() => await AssertRefusedAsync("sequencer",
        ["INSERT INTO records (kind, silo, leaf, hash) VALUES ('x', 'x', 'x', sha256('\\x0078'::bytea))", "SELECT last_record('local-1/n1')", "SELECT outcome_of('x')"]);

    [Fact]
    public async Task Auditor_ThatWrites_IsRefused() => await AssertRefusedAsync("auditor",
    [
        "INSERT INTO records (kind, silo, leaf, hash) VALUES ('x', 'x', 'x', sha256('\\x0078'::bytea))", "INSERT INTO positions VALUES (0, 1)",
        "INSERT INTO tiles VALUES ('x', 'x')", "INSERT INTO checkpoints VALUES (1, 'x')", "UPDATE head SET size = 1", "UPDATE closed SET record = 1", "SELECT last_record('x')",
        "SELECT outcome_of('x')",
    ]);

    [Fact]
    public async Task Application_ThatReadsEvidence_IsRefused() =>
        await AssertRefusedAsync("application", [.. Tables.Select(table => $"SELECT * FROM {table}"), "SELECT last_record('x')", "SELECT outcome_of('x')"]);

    [Fact]
    public async Task Record_WhoseHashIsNotItsOwn_IsNotTaken()
    {
        await audit.BeginAsync();
        await using var source = audit.Login("intake");
        var leaf = AuditRecord.Of(Leaves.Deny(new LeafOrigin(DateTimeOffset.UnixEpoch, "local-1/n1", null), "t-1"));
        await using var command = source.CreateCommand("INSERT INTO records (kind, silo, leaf, hash) VALUES ('deny', 'local-1/n1', $1, $2)");
        command.Parameters.AddWithValue(leaf.Bytes);
        command.Parameters.AddWithValue(new byte[32]);
        var refusal = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync());
        Assert.Equal(PostgresErrorCodes.CheckViolation, refusal.SqlState);
    }

    private async Task AssertRefusedAsync(string duty, string[] statements)
    {
        await using var source = audit.Login(duty);
        foreach (var statement in statements)
        {
            await using var command = source.CreateCommand(statement);
            var refusal = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync());
            Assert.True(refusal.SqlState == PostgresErrorCodes.InsufficientPrivilege, $"{duty}: {statement}: {refusal.SqlState} {refusal.MessageText}");
        }
    }
}
