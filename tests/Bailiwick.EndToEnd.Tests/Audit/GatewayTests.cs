using Bailiwick.EndToEnd.Tests.Silo;

namespace Bailiwick.EndToEnd.Tests.Audit;

/// <summary>The log inside a real silo.</summary>
[Collection(AuditCollection.Name)]
[Trait("Category", "Audit")]
public sealed class GatewayTests(AuditSite audit)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly CancellationToken Never = CancellationToken.None;

    [Fact]
    public async Task Gateways_OfOneBoundary_SignWhatIntakesWriteAndEndCleanly()
    {
        var folder = await audit.BeginAsync();
        await using var first = SiloProcess.Start(await audit.Site.ConfigureAsync(new SiloSetup("audit", "g1")));
        await first.JoinedAsync();
        await using var second = SiloProcess.Start(await audit.Site.ConfigureAsync(new SiloSetup("audit", "g2")));
        await second.JoinedAsync();
        var intake = await audit.StartIntakeAsync(folder);
        await Task.WhenAll(Enumerable.Range(0, 500).Select(turn =>
            intake.WriteAsync(origin => Leaves.Intent(origin, $"t-{turn}"), Never).AsTask()));
        await intake.StopAsync(Never);

        var published = audit.Site.At("audit", "published", "checkpoint");
        await Condition.HoldsAsync("the checkpoint to be published", Patience, async token =>
        {
            var size = File.Exists(published) && audit.Trust.TryOpen(await File.ReadAllBytesAsync(published, token), out var trusted, out _)
                ? trusted.Checkpoint.Size
                : 0;
            // The policy that came into force with the first gateway is a record too.
            return (size == 501, $"{size} signed\n{first.Output}\n{second.Output}");
        });
        Assert.Equal((0, 0), (await first.StopAsync(), await second.StopAsync()));
        Assert.DoesNotContain("frozen", first.Output + second.Output, StringComparison.Ordinal);
        Assert.Contains("Evidence is written; 0 records", first.Output, StringComparison.Ordinal);
    }
}
