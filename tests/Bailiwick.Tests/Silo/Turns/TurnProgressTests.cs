using Bailiwick.Evidence;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Silo.Turns;
using Microsoft.Extensions.Time.Testing;

namespace Bailiwick.Tests.Silo.Turns;

public sealed class TurnProgressTests
{
    [Fact]
    public void Complete_NumbersThatNoRecordTakes_StillGiveAnOutcome()
    {
        using var progress = new TurnProgress(new TurnRequest("m", new Submit(), default, null, false), new FakeTimeProvider());
        progress.Complete(new Finished { PromptTokens = -5, Timings = new Timings { QueueUs = -1_000_000 } });
        var outcome = new OutcomeLeaf(
            new LeafOrigin(DateTimeOffset.UnixEpoch, "silo-1", null), default, Finish.Stop, progress.Counts, progress.Timings, null, null);
        Assert.True(Leaf.TryParse(outcome.ToBytes(), out _, out var fault), fault?.ToString());
    }
}
