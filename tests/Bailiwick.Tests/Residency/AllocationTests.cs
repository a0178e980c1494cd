using Bailiwick.Residency;
using Bailiwick.Residency.Decisions;

namespace Bailiwick.Tests.Residency;

public sealed class AllocationTests
{
    [Fact]
    public void Decide_EveryRowOfTheCorpus_AllocatesNothing()
    {
        var asked = Corpus.Rows("decisions.json", "decisions")
            .Select(row => (
                Snapshot: Corpus.Snapshot($"policies/{row["policy"]}.yaml", row),
                Label: Corpus.Label(row["label"]),
                Destination: Corpus.Destination(row["destination"])))
            .ToArray();
        var raised = new Label("eu.de", "secret", "service-provision", "bmi");
        Run();
        var before = GC.GetAllocatedBytesForCurrentThread();
        var allowed = Run();
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allowed > 0);
        Assert.Equal(0, allocated);

        int Run()
        {
            var count = 0;
            foreach (var (snapshot, label, destination) in asked)
            {
                count += snapshot.Decide(label, destination).IsAllowed ? 1 : 0;
                count += snapshot.Decide(new LabelPair(raised, label), destination).IsAllowed ? 1 : 0;
            }

            return count;
        }
    }
}
