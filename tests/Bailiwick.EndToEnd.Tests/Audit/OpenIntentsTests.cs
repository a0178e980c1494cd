using Bailiwick.EndToEnd.Tests.Silo;
using Bailiwick.Evidence;
using Bailiwick.Silo.Audit;

namespace Bailiwick.EndToEnd.Tests.Audit;

/// <summary>Where a gateway that starts begins to look for turns that nobody closed, and that it misses none.</summary>
[Collection(AuditCollection.Name)]
[Trait("Category", "Audit")]
public sealed class OpenIntentsTests(AuditSite audit)
{
    [Fact]
    public async Task Start_BehindClosedTurns_BeginsAtTheOldestOpenOne()
    {
        var intake = await audit.StartIntakeAsync(await audit.BeginAsync());
        await using var login = audit.Login("sequencer");
        var first = new OpenIntents(login);
        var hashes = new List<TreeHash>();
        for (var number = 0; number < 4; number++)
        {
            hashes.Add((await intake.WriteAsync(origin => Leaves.Intent(origin, $"t-{number}"), CancellationToken.None))!.Value);
        }

        await CloseAsync(intake, hashes[0]);
        await CloseAsync(intake, hashes[2]);
        await SeesAsync(first, hashes[1], hashes[3]);
        await first.RememberAsync(CancellationToken.None);
        Assert.Equal(2, await FromAsync());

        // What was open then is found by whoever starts later, and so is what came meanwhile.
        hashes.Add((await intake.WriteAsync(origin => Leaves.Intent(origin, "t-4"), CancellationToken.None))!.Value);
        var second = new OpenIntents(login);
        await SeesAsync(second, hashes[1], hashes[3], hashes[4]);

        // All closed: nothing is left to look through but what comes.
        foreach (var hash in new[] { hashes[1], hashes[3], hashes[4] })
        {
            await CloseAsync(intake, hash);
        }

        await SeesAsync(second);
        await second.RememberAsync(CancellationToken.None);
        Assert.Equal(8, await FromAsync());
        // One that has looked less far takes nothing back.
        await first.RememberAsync(CancellationToken.None);
        Assert.Equal(8, await FromAsync());
        await SeesAsync(new OpenIntents(login));
        await intake.StopAsync(CancellationToken.None);
    }

    private static async Task CloseAsync(Intake intake, TreeHash intent) =>
        Assert.NotNull(await intake.CloseAsync(intent, origin => new OutcomeLeaf(origin, intent, Finish.Unknown, null, null, null, null), CancellationToken.None));

    /// <summary>A look goes only as far as no transaction is running, whoever's.</summary>
    private static Task SeesAsync(OpenIntents intents, params TreeHash[] expected) => Condition.HoldsAsync("the open intents", TimeSpan.FromSeconds(30), async token =>
    {
        var open = (await intents.LookAsync(token)).Select(intent => intent.Hash).ToHashSet();
        return (open.SetEquals(expected), $"{open.Count} open");
    });

    /// <summary>Number, among all records, of the first one that a silo which starts now looks at.</summary>
    private Task<long> FromAsync() => audit.AskAsync<long>("SELECT count(*) + 1 FROM records, closed WHERE (records.xid, records.id) <= (closed.xid, closed.record)");
}
