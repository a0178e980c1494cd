using System.Diagnostics;
using Bailiwick.EndToEnd.Tests.Failover;
using Xunit.Abstractions;

namespace Bailiwick.EndToEnd.Tests.Silo;

/// <summary>Real silos on our own membership SQL; every test is a cluster of its own in one database.</summary>
[Collection(FailoverCollection.Name)]
[Trait("Category", "Cluster")]
public sealed class MembershipTests(SiteFixture site, ITestOutputHelper output) : IClassFixture<SiteFixture>
{
    private const int Active = 3;
    private const int Dead = 6;

    [Fact]
    public async Task FourSilos_StartedAtOnce_AllJoinWithTwoVersionsEach()
    {
        const string Boundary = "four";
        var configurations = await Task.WhenAll(Enumerable.Range(1, 4)
            .Select(n => site.ConfigureAsync(Boundary, $"n{n}", SiteFixture.FreePort(), SiteFixture.FreePort())));
        var silos = configurations.Select(file => SiloProcess.Start(file)).ToList();
        try
        {
            var times = await Task.WhenAll(silos.Select(silo => silo.JoinedAsync()));
            output.WriteLine($"4 at once, from process start to member: {string.Join(", ", times.Select(time => $"{time.TotalSeconds:F1} s"))}");

            // Created -> Joining -> Active is one insertion and one update each, however they raced.
            Assert.Equal($"8: {Active} {Active} {Active} {Active}", await TableAsync(Boundary));

            // One after the other, so that the number of versions is exact: ShuttingDown and Dead each.
            foreach (var silo in silos)
            {
                Assert.Equal(0, await silo.StopAsync());
                Assert.Contains("Left cluster four", silo.Output, StringComparison.Ordinal);
            }

            Assert.Equal($"16: {Dead} {Dead} {Dead} {Dead}", await TableAsync(Boundary));
        }
        finally
        {
            await Task.WhenAll(silos.Select(silo => silo.DisposeAsync().AsTask()));
        }
    }

    [Fact]
    public async Task Silo_Killed_IsDeclaredDeadAndItsAddressJoinsAgain()
    {
        const string Boundary = "killed";
        await using var first = await site.StartAsync(Boundary, "n1");
        output.WriteLine($"first silo: {(await first.JoinedAsync()).TotalSeconds:F1} s");
        await using var second = await site.StartAsync(Boundary, "n2");
        output.WriteLine($"second silo: {(await second.JoinedAsync()).TotalSeconds:F1} s");
        await using var victim = await site.StartAsync(Boundary, "n3");
        output.WriteLine($"third silo: {(await victim.JoinedAsync()).TotalSeconds:F1} s");

        var sinceKill = Stopwatch.StartNew();
        await victim.KillAsync();
        await StatusAsync(Boundary, victim.SiloPort, [Dead]);
        output.WriteLine($"kill -9 until Dead in the table: {sinceKill.Elapsed.TotalSeconds:F2} s");
        // About 1 s on an idle machine (2 missed probes of 1 s, or a reset connection); the bound allows for a busy one.
        Assert.InRange(sinceKill.Elapsed.TotalSeconds, 0, 10);

        await using var again = await site.StartAsync(Boundary, "n4", victim.SiloPort);
        output.WriteLine($"same address again: {(await again.JoinedAsync()).TotalSeconds:F1} s");
        await StatusAsync(Boundary, victim.SiloPort, [Dead, Active]);
    }

    [Fact]
    public async Task Silo_RestartedAtOnceAtTheSameAddress_TakesTheOldOnesPlace()
    {
        const string Boundary = "replaced";
        await using var other = await site.StartAsync(Boundary, "n1");
        await other.JoinedAsync();
        await using var old = await site.StartAsync(Boundary, "n2");
        await old.JoinedAsync();

        await old.KillAsync();
        await using var replacement = await site.StartAsync(Boundary, "n3", old.SiloPort);
        await replacement.JoinedAsync();

        await StatusAsync(Boundary, old.SiloPort, [Dead, Active]);
        Assert.Equal(0, await replacement.StopAsync());
        await StatusAsync(Boundary, old.SiloPort, [Dead, Dead]);
    }

    private async Task StatusAsync(string boundary, int port, int[] expected) =>
        await Condition.HoldsAsync($"status of port {port} to be {string.Join(", ", expected)}", TimeSpan.FromSeconds(30), async token =>
        {
            await using var command = site.Owner.CreateCommand(
                "SELECT status FROM orleansmembershiptable WHERE deploymentid = $1 AND port = $2 ORDER BY generation");
            command.Parameters.AddWithValue(boundary);
            command.Parameters.AddWithValue(port);
            var found = new List<int>();
            await using var reader = await command.ExecuteReaderAsync(token);
            while (await reader.ReadAsync(token))
            {
                found.Add(reader.GetInt32(0));
            }

            return (expected.SequenceEqual(found), string.Join(", ", found));
        });

    /// <summary>The version, and the status of every entry.</summary>
    private async Task<string> TableAsync(string boundary)
    {
        await using var command = site.Owner.CreateCommand("""
            SELECT v.version, array_agg(m.status) FROM orleansmembershipversiontable v JOIN orleansmembershiptable m USING (deploymentid)
            WHERE deploymentid = $1 GROUP BY v.version
            """);
        command.Parameters.AddWithValue(boundary);
        await using var reader = await command.ExecuteReaderAsync();
        Assert.True(await reader.ReadAsync(), $"no cluster {boundary}");
        return $"{reader.GetInt32(0)}: {string.Join(' ', reader.GetFieldValue<int[]>(1))}";
    }
}
