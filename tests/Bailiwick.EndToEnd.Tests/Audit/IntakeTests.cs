using Bailiwick.Evidence;
using Bailiwick.Silo.Audit;

namespace Bailiwick.EndToEnd.Tests.Audit;

/// <summary>Records become durable, once, in a chain for each silo.</summary>
[Collection(AuditCollection.Name)]
[Trait("Category", "Audit")]
public sealed class IntakeTests(AuditSite audit)
{
    private static readonly CancellationToken Never = CancellationToken.None;

    [Fact]
    public async Task Records_OfManyCallers_AreEachStoredOnceInOneChain()
    {
        var folder = await audit.BeginAsync();
        var intake = await audit.StartIntakeAsync(folder);
        var hashes = await Task.WhenAll(Enumerable.Range(0, 500).Select(turn =>
            intake.WriteAsync(origin => Leaves.Intent(origin, $"t-{turn}"), Never).AsTask()));
        await intake.StopAsync(Never);

        Assert.DoesNotContain(null, hashes);
        Assert.Equal(500, hashes.Distinct().Count());
        var stored = await StoredAsync();
        Assert.Equal(hashes.Select(hash => hash!.Value).ToHashSet(), stored.Select(row => row.Hash).ToHashSet());
        AssertChain(stored);
        Assert.True(await audit.AskAsync<long>("SELECT count(DISTINCT xid) FROM records") < 100, "records were not committed in groups");
        Assert.Equal(500L, await audit.AskAsync<long>("SELECT count(*) FROM records WHERE tenant = 'demo' AND kind = 'intent' AND silo = 'local-1/n1'"));
    }

    [Fact]
    public async Task Chain_AfterARestart_GoesOn()
    {
        var folder = await audit.BeginAsync();
        for (var start = 0; start < 3; start++)
        {
            var intake = await audit.StartIntakeAsync(folder);
            Assert.NotNull(await intake.WriteAsync(origin => Leaves.Intent(origin, $"t-{start}"), Never));
            await intake.StopAsync(Never);
        }

        AssertChain(await StoredAsync());
    }

    [Fact]
    public async Task Outcome_WrittenTwice_StandsOnce()
    {
        var folder = await audit.BeginAsync();
        var intake = await audit.StartIntakeAsync(folder);
        var other = await audit.StartIntakeAsync(folder, "local-1/n2");
        var intent = (await intake.WriteAsync(origin => Leaves.Intent(origin, "t-1"), Never))!.Value;

        var first = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ =>
            intake.CloseAsync(intent, origin => Leaves.Outcome(origin, intent), Never).AsTask()));
        var elsewhere = await other.CloseAsync(intent, origin => Leaves.Outcome(origin, intent), Never);
        var after = await Task.WhenAll(Enumerable.Range(0, 20).Select(turn =>
            other.WriteAsync(origin => Leaves.Intent(origin, $"t-after-{turn}"), Never).AsTask()));
        await intake.StopAsync(Never);
        await other.StopAsync(Never);

        Assert.Single(first.Distinct());
        Assert.NotNull(first[0]);
        // The receipt names the outcome that stands; what the second silo has to say stands beside it.
        Assert.Equal(first[0], elsewhere);
        Assert.DoesNotContain(null, after);
        Assert.Equal(1L, await audit.AskAsync<long>("SELECT count(*) FROM records WHERE kind = 'outcome'"));
        var stored = await StoredAsync();
        var news = Assert.IsType<AmendedLeaf>(Assert.Single(stored, record => record.Leaf is AmendedLeaf).Leaf);
        Assert.Equal(("local-1/n2", AmendCause.LateReport, first[0]!.Value, intent), (news.Origin.Silo, news.Cause, news.Outcome, news.Intent));
        AssertChain(stored);
    }

    [Fact]
    public async Task Group_WithOneRefusedOutcome_KeepsTheOthersAndTheChain()
    {
        var folder = await audit.BeginAsync();
        var intake = await audit.StartIntakeAsync(folder);
        var other = await audit.StartIntakeAsync(folder, "local-1/n2");
        var intent = (await intake.WriteAsync(origin => Leaves.Intent(origin, "t-1"), Never))!.Value;
        await intake.CloseAsync(intent, origin => Leaves.Outcome(origin, intent), Never);

        // All at once, so that they come into few groups; one of them was said by the other silo before.
        var writes = Enumerable.Range(0, 50).Select(turn => other.WriteAsync(origin => Leaves.Intent(origin, $"t-x-{turn}"), Never).AsTask()).ToList();
        var refused = other.CloseAsync(intent, origin => Leaves.Outcome(origin, intent), Never).AsTask();
        writes.AddRange(Enumerable.Range(50, 50).Select(turn => other.WriteAsync(origin => Leaves.Intent(origin, $"t-x-{turn}"), Never).AsTask()));
        var written = await Task.WhenAll(writes);
        Assert.NotNull(await refused);
        await intake.StopAsync(Never);
        await other.StopAsync(Never);

        var stored = await StoredAsync();
        Assert.Superset(written.Select(hash => hash!.Value).ToHashSet(), stored.Select(row => row.Hash).ToHashSet());
        // Two records of the first silo, a hundred and its news of the second.
        Assert.Equal(103, stored.Count);
        AssertChain(stored);
    }

    [Fact]
    public async Task Maker_ThatThrows_FailsItsCallerAlone()
    {
        var folder = await audit.BeginAsync();
        var intake = await audit.StartIntakeAsync(folder);
        var bad = intake.WriteAsync(_ => throw new InvalidOperationException("broken"), Never).AsTask();
        var good = intake.WriteAsync(origin => Leaves.Intent(origin, "t-1"), Never).AsTask();
        await Assert.ThrowsAsync<InvalidOperationException>(() => bad);
        Assert.NotNull(await good);
        await intake.StopAsync(Never);
    }

    [Fact]
    public async Task Intent_WhoseCallerLeaves_IsAbsentOrClosed()
    {
        const int Turns = 400;
        var folder = await audit.BeginAsync();
        var intake = await audit.StartIntakeAsync(folder);
        var chance = new Random(11);
        var patience = Enumerable.Range(0, Turns).Select(_ => TimeSpan.FromMicroseconds(chance.Next(0, 20_000))).ToArray();
        var left = 0;
        await Parallel.ForAsync(0, Turns, new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (turn, _) =>
        {
            using var leaving = new CancellationTokenSource(patience[turn]);
            try
            {
                if (await intake.WriteAsync(origin => Leaves.Intent(origin, $"t-{turn}"), leaving.Token) is { } intent)
                {
                    Assert.NotNull(await intake.CloseAsync(intent, origin => Leaves.Outcome(origin, intent), Never));
                }
            }
            catch (OperationCanceledException)
            {
                Interlocked.Increment(ref left);
            }
        });
        await intake.StopAsync(Never);

        Assert.InRange(left, 1, Turns - 1);
        Assert.Equal(0L, await audit.AskAsync<long>(
            "SELECT count(*) FROM records i WHERE kind = 'intent' AND (SELECT count(*) FROM records o WHERE o.intent = i.hash AND o.kind = 'outcome') <> 1"));
        AssertChain(await StoredAsync());
    }

    private async Task<List<AuditRecord>> StoredAsync()
    {
        await using var command = audit.Site.Owner.CreateCommand("SELECT leaf FROM records ORDER BY xid, id");
        await using var reader = await command.ExecuteReaderAsync();
        var records = new List<AuditRecord>();
        while (await reader.ReadAsync())
        {
            Assert.True(Leaf.TryParse(reader.GetFieldValue<byte[]>(0), out var leaf, out var fault), fault?.ToString());
            records.Add(AuditRecord.Of(leaf));
        }

        return records;
    }

    private static void AssertChain(List<AuditRecord> records)
    {
        foreach (var chain in records.GroupBy(record => record.Leaf.Origin.Silo))
        {
            TreeHash? previous = null;
            foreach (var record in chain)
            {
                Assert.Equal(previous, record.Leaf.Origin.Previous);
                previous = record.Hash;
            }
        }
    }
}
