using System.Runtime.Versioning;
using Npgsql;

namespace Bailiwick.EndToEnd.Tests.Silo;

/// <summary>What each login cannot do: the rights of SQL files and provision.sh, tried on the server.</summary>
[Collection(SiteCollection.Name)]
[Trait("Category", "Cluster")]
[SupportedOSPlatform("linux")]
public sealed class GrantsTests(SiteFixture site)
{
    private static readonly string[] ForNoLoginOfASilo =
    [
        "CREATE TABLE mine (id integer)",
        "CREATE TEMPORARY TABLE mine (id integer)",
        "CREATE ROLE mine",
        "CREATE SCHEMA mine",
        "SET ROLE bailiwick_owner",
        "SELECT * FROM pg_authid",
        "SELECT pg_read_file('/etc/passwd')",
        "UPDATE orleansquery SET querytext = ''",
        "INSERT INTO orleansquery VALUES ('x', 'y')",
        "DELETE FROM orleansquery",
        "DELETE FROM orleansmembershipversiontable",
        "TRUNCATE orleansmembershiptable",
        "UPDATE orleansmembershiptable SET address = '127.0.0.2'",
        "DROP TABLE orleansmembershiptable",
        "TRUNCATE replicas",
        "UPDATE replicas SET node = 'other'",
        "INSERT INTO drains VALUES ('z', 'n', now())",
        "UPDATE drains SET since = now()",
        "TRUNCATE turns",
        "UPDATE turns SET tenant = 'other'",
        "UPDATE turns SET conversation = NULL",
        "UPDATE conversations SET tenant = 'other'",
        "UPDATE conversations SET jurisdiction = 'other'",
        "DELETE FROM schema_version",
        "INSERT INTO schema_version (scriptname, applied) VALUES ('9999-later.sql', now())",
    ];

    private static readonly string[] ForTheApplicationAlone =
    [
        "SELECT * FROM orleansquery",
        "SELECT * FROM orleansmembershiptable",
        "SELECT * FROM replicas",
        "DELETE FROM replicas",
        "SELECT * FROM drains",
        "SELECT * FROM conversations",
        "SELECT * FROM turns",
        "DELETE FROM turns",
        "INSERT INTO drains (zone, node) VALUES ('z', 'n')",
        "INSERT INTO orleansmembershipversiontable (deploymentid) VALUES ('x')",
        "SELECT * FROM schema_version",
    ];

    public static TheoryData<string> Duties => ["application", "intake", "sequencer", "auditor"];

    [Theory]
    [MemberData(nameof(Duties))]
    public async Task Login_ThatTriesMoreThanItsDuty_IsRefused(string duty)
    {
        await using var source = NpgsqlDataSource.Create(site.Connection(duty));
        foreach (var statement in duty == "application" ? ForNoLoginOfASilo : [.. ForNoLoginOfASilo, .. ForTheApplicationAlone])
        {
            await using var command = source.CreateCommand(statement);
            var refusal = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync());
            Assert.True(refusal.SqlState == PostgresErrorCodes.InsufficientPrivilege, $"{duty}: {statement}: {refusal.MessageText}");
        }
    }

    [Theory]
    [MemberData(nameof(Duties))]
    public void Login_Provisioned_HasItsPasswordInAClosedFile(string duty) =>
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(site.At("logins", duty + ".pgpass")));

    [Fact]
    public async Task Roles_ByDuty_CannotLogIn()
    {
        await using var command = site.Owner.CreateCommand(
            "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'bailiwick\\_%' AND rolname NOT LIKE '%\\_login' AND NOT rolcanlogin");
        Assert.Equal(5L, await command.ExecuteScalarAsync());
    }

    [Fact]
    public async Task Tables_OfTheSchema_BelongToTheDutyNotToTheLogin()
    {
        await using var command = site.Owner.CreateCommand("SELECT DISTINCT tableowner::text FROM pg_tables WHERE schemaname = 'public'");
        Assert.Equal("bailiwick_owner", await command.ExecuteScalarAsync());
    }
}
