using System.Runtime.Versioning;
using System.Security.Cryptography;
using Bailiwick.Residency;
using Bailiwick.Silo.Api.Auth;
using Npgsql;

namespace Bailiwick.EndToEnd.Tests.Silo;

/// <summary>API keys in PostgreSQL: the table, its rights, and the verb that makes the first one.</summary>
[Collection(SiteCollection.Name)]
[Trait("Category", "Cluster")]
[SupportedOSPlatform("linux")]
public sealed class KeyStoreTests(SiteFixture site)
{
    [Fact]
    public async Task Key_StoredAndRevoked_ComesBackAsItWas()
    {
        await using var database = NpgsqlDataSource.Create(site.Connection("application"));
        var store = new KeyStore(database);
        var minted = Mint("stored", TimeProvider.System.GetUtcNow().AddDays(3));

        await store.AddAsync(minted, default);

        var stored = Assert.Single(await store.ListAsync(default), key => key.Id == minted.Key.Id);
        Assert.Equal((minted.Key.Name, minted.Key.Label), (stored.Name, stored.Label));
        Assert.Equal(minted.Key.Scopes, stored.Scopes);
        // PostgreSQL keeps microseconds.
        Assert.Equal(minted.Key.Expires, stored.Expires, TimeSpan.FromMicroseconds(1));
        var now = TimeProvider.System.GetUtcNow();
        Assert.Equal(minted.Hash, Assert.Single(await store.ListUsableAsync(now, default), entry => entry.Key.Id == minted.Key.Id).Hash);
        Assert.DoesNotContain(await store.ListUsableAsync(now.AddDays(4), default), entry => entry.Key.Id == minted.Key.Id);

        Assert.True(await store.RevokeAsync(minted.Key.Id, now, default));
        Assert.True(await store.RevokeAsync(minted.Key.Id, now.AddDays(1), default));
        Assert.False(await store.RevokeAsync("k-ffffffffffffffff", now, default));

        Assert.DoesNotContain(await store.ListUsableAsync(now, default), entry => entry.Key.Id == minted.Key.Id);
        var revoked = Assert.Single(await store.ListAsync(default), key => key.Id == minted.Key.Id).Revoked!.Value;
        Assert.Equal(now, revoked, TimeSpan.FromMicroseconds(1));
    }

    [Theory]
    [InlineData("DELETE FROM api_keys")]
    [InlineData("UPDATE api_keys SET scopes = ARRAY['operations']")]
    [InlineData("UPDATE api_keys SET hash = '\\x00', expires = now()")]
    [InlineData("TRUNCATE api_keys")]
    public async Task Application_ThatChangesAKey_IsRefused(string statement)
    {
        await using var database = NpgsqlDataSource.Create(site.Connection("application"));
        await using var command = database.CreateCommand(statement);

        var refusal = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync());

        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refusal.SqlState);
    }

    [Theory]
    [InlineData("intake")]
    [InlineData("sequencer")]
    [InlineData("auditor")]
    public async Task OtherLogins_OfKeys_SeeNothing(string duty)
    {
        await using var database = NpgsqlDataSource.Create(site.Connection(duty));
        await using var command = database.CreateCommand("SELECT * FROM api_keys");

        var refusal = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync());

        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refusal.SqlState);
    }

    [Fact]
    public async Task Verb_OfAGoodKey_MakesOneThatItsSecretOpens()
    {
        var configuration = await site.ConfigureAsync("key-good", "n1", 11111, 8082);

        var (exitCode, output, error) = await RunAsync(configuration, "first", "quick-start");

        Assert.True(exitCode == 0, error);
        var lines = output.TrimEnd().Split('\n');
        Assert.Equal(2, lines.Length);
        var (id, secret) = (lines[0]["id: ".Length..], lines[1]["secret: ".Length..]);
        await using var database = NpgsqlDataSource.Create(site.Connection("application"));
        var (key, hash) = Assert.Single(
            await new KeyStore(database).ListUsableAsync(TimeProvider.System.GetUtcNow(), default), entry => entry.Key.Id == id);
        var read = new byte[SHA256.HashSizeInBytes];
        Assert.True(KeySecret.TryRead(secret, out var number, read));
        Assert.Equal((id, hash), (KeySecret.IdText(number), read), Same);
        Assert.Equal("first", key.Name);
        Assert.Equal(["inference", "operations"], key.Scopes);
        // Made without a door, and a record all the same.
        await using var command = site.Owner.CreateCommand("SELECT convert_from(leaf, 'UTF8') FROM records WHERE kind = 'key' AND leaf LIKE $1");
        command.Parameters.AddWithValue(System.Text.Encoding.UTF8.GetBytes($"%{id}%"));
        var leaf = (string?)await command.ExecuteScalarAsync();
        Assert.Contains("\"actor\":\"site-operator\"", leaf, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verb_OfAWrongLabelOrOption_IsRefusedWithALineEach()
    {
        var configuration = await site.ConfigureAsync("key-bad", "n1", 11111, 8082);

        var (exitCode, output, error) = await RunAsync(configuration, "No Name", "nobody");
        Assert.Equal((1, ""), (exitCode, output));
        Assert.Equal(["name", "tenant"], error.TrimEnd().Split('\n').Select(line => line.Split(':')[0]));

        (exitCode, _, _) = await Executable.RunAsync("dotnet", Executable.Silo, "key", "--config", configuration, "--name", "x");
        Assert.Equal(2, exitCode);
    }

    private static Task<(int ExitCode, string Output, string Error)> RunAsync(string configuration, string name, string tenant) =>
        Executable.RunAsync(
            "dotnet", Executable.Silo, "key", "--config", configuration, "--name", name, "--tenant", tenant, "--jurisdiction", "local",
            "--class", "public", "--purpose", "service-provision", "--scope", "inference", "--scope", "operations", "--days", "30");

    private static bool Same((string Id, byte[] Hash) one, (string Id, byte[] Hash) other) =>
        one.Id == other.Id && one.Hash.AsSpan().SequenceEqual(other.Hash);

    private static MintedKey Mint(string name, DateTimeOffset expires) =>
        new KeyMint(new SystemChance(), TimeProvider.System).Make(
            new NewKey(name, new Label("local", "public", "service-provision", "quick-start"), ["inference", "audit"], expires));
}
