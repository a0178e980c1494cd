using Bailiwick.EndToEnd.Tests.Silo;
using Bailiwick.Evidence;
using Bailiwick.Silo.Sessions;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Bailiwick.EndToEnd.Tests.Sessions;

/// <summary>What is over its time goes, with its record or not at all.</summary>
[Collection(SiteCollection.Name)]
[Trait("Category", "Sessions")]
public sealed class RetentionTests(SiteFixture site)
{
    private static readonly DateTimeOffset Now = new(2026, 11, 29, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Sweep_OfWhatIsOverItsTime_RemovesItWithItsRecord()
    {
        var (past, kept) = (await AddAsync("past", Now.AddDays(-1)), await AddAsync("kept", Now.AddDays(1)));
        await using var application = NpgsqlDataSource.Create(site.Connection("application"));
        var away = new Records { IsAvailable = false };

        Assert.Equal(0, await new Retention(application, away, TimeProvider.System, NullLogger<Retention>.Instance).SweepAsync(Now, CancellationToken.None));
        Assert.Equal([kept, past], await TurnsAsync());

        var records = new Records();
        Assert.Equal(1, await new Retention(application, records, TimeProvider.System, NullLogger<Retention>.Instance).SweepAsync(Now, CancellationToken.None));
        Assert.Equal([kept], await TurnsAsync());
        var leaf = Assert.IsType<ErasureLeaf>(Assert.Single(records.Leaves));
        // The turn, and the conversation that it was the last of.
        Assert.Equal(("retention", "retention", "past", 2L), (leaf.Actor, leaf.Ground, leaf.Tenant, leaf.Items));
        Assert.Equal(0, await new Retention(application, records, TimeProvider.System, NullLogger<Retention>.Instance).SweepAsync(Now, CancellationToken.None));
        Assert.Single(records.Leaves);
    }

    /// <returns>Tenant of the turn.</returns>
    private async Task<string> AddAsync(string tenant, DateTimeOffset expires)
    {
        await using var command = site.Owner.CreateCommand("""
            WITH made AS (
                INSERT INTO conversations (id, tenant, owner, jurisdiction, class, purpose, metadata, created, expires)
                VALUES ('conv_' || md5($1), $1, 'k', 'local', 'public', 'p', '\x01', $2, $2) RETURNING id)
            INSERT INTO turns (id, conversation, place, tenant, owner, visible, state, jurisdiction, class, purpose, model, seed, turn, request, created, expires)
            SELECT 'turn_' || md5($1), id, 1, $1, 'k', true, 'running', 'local', 'public', 'p', 'm@d', 1, 't', '\x01', $2, $2 FROM made
            """);
        command.Parameters.AddWithValue(tenant);
        command.Parameters.AddWithValue(expires);
        Assert.Equal(1, await command.ExecuteNonQueryAsync());
        return tenant;
    }

    private async Task<IReadOnlyList<string>> TurnsAsync()
    {
        await using var command = site.Owner.CreateCommand("SELECT tenant FROM turns WHERE tenant IN ('past', 'kept') ORDER BY tenant");
        await using var reader = await command.ExecuteReaderAsync();
        var found = new List<string>();
        while (await reader.ReadAsync())
        {
            found.Add(reader.GetString(0));
        }

        return found;
    }
}
