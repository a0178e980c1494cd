using Bailiwick.Silo.Shards;

namespace Bailiwick.Tests.Silo;

/// <summary>The choice of a replica, case by case. Ready replicas have 100 blocks of 16 tokens and nothing to do.</summary>
public sealed class RouterTests
{
    private static readonly string Build = new('a', 64);
    private static readonly RouteRequest Any = new(["z1", "z2"], 160, "turn");

    [Fact]
    public void Choose_NoReplicas_IsRefusedAsNoReplica() =>
        Refused("no_replica", "No node serves tiny at the moment.", Router.Choose(Model(), Any));

    [Fact]
    public void Choose_OnlyInADeniedZone_IsRefusedAsNoReplica() =>
        Refused("no_replica", "No node in a zone that policy allows serves tiny.", Router.Choose(Model(Ready("n1", zone: "z9")), Any));

    [Fact]
    public void Choose_AllDraining_IsRefusedAsDraining() => Refused(
        "draining", "Every node that serves tiny is being taken out of service.",
        Router.Choose(Model(Ready("n1") with { Draining = true }, Ready("n2") with { Draining = true }), Any));

    [Fact]
    public void Choose_NoneReady_SaysWhatTheyAreDoing() => Refused(
        "no_replica", "No replica of tiny is ready: 1 failed, 2 importing, 1 loading.",
        Router.Choose(
            Model(
                Ready("n1") with { Phase = ReplicaPhase.Importing, Build = "" }, Ready("n2") with { Phase = ReplicaPhase.Importing, Build = "" },
                Ready("n3") with { Phase = ReplicaPhase.Loading }, Ready("n4") with { Phase = ReplicaPhase.Failed }),
            Any));

    [Fact]
    public void Choose_AllLostBefore_IsRefusedAsNoReplica() => Refused(
        "no_replica", "No replica of tiny is ready: 1 lost.", Router.Choose(Model(Ready("n1")), Any with { Excluded = [Ready("n1")] }));

    [Fact]
    public void Choose_LostNodeHasAnotherDecoderNow_IsTaken() =>
        Started("n1", Router.Choose(Model(Ready("n1", decoder: "n1-5-1")), Any with { Excluded = [Ready("n1", decoder: "n1-5-0")] }));

    [Fact]
    public void Choose_ReplicaOfAnotherBuild_IsNotTaken()
    {
        var other = Ready("n2") with { Build = new string('b', 64) };

        Started("n1", Router.Choose(Model(Ready("n1"), other), Any));
        Started("n2", Router.Choose(Model(Ready("n1"), other), Any with { Build = other.Build }));
        Refused("no_replica", "No node has this build of tiny.", Router.Choose(Model(other), Any));
    }

    [Fact]
    public void Choose_OneIsBusier_TakesTheOther() =>
        Started("n2", Router.Choose(Model(Ready("n1") with { Active = 3 }, Ready("n2") with { Active = 2 }), Any));

    [Fact]
    public void Choose_OneLacksBlocks_TakesTheOther() => Started(
        "n2", Router.Choose(Model(Ready("n1") with { KvBlocksFree = 9 }, Ready("n2") with { Active = 9, KvBlocksFree = 10 }), Any));

    [Fact]
    public void Choose_CpuClassIsWanted_PrefersItToAnIdleOne() => Started(
        "n2", Router.Choose(Model(Ready("n1"), Ready("n2", cpu: "avx") with { Active = 5 }), Any with { CpuClass = "avx" }));

    [Fact]
    public void Choose_CpuClassIsNowhere_TakesAnotherOne() =>
        Started("n1", Router.Choose(Model(Ready("n1")), Any with { CpuClass = "gone" }));

    [Fact]
    public void Choose_TurnThatFitsNoReplica_IsTooLarge() => Refused(
        "too_large", "The prompt and the longest answer need 1601 tokens; a replica of tiny holds 1600.",
        Router.Choose(Model(Ready("n1"), Ready("n2")), Any with { Tokens = 1601 }));

    [Fact]
    public void Choose_AllFull_QueuesWhereTheWaitIsLeast()
    {
        var route = Router.Choose(Model(Full("n1", 9000), Full("n2", 4000), Full("n3", 5000)), Any);

        var queued = Assert.IsType<QueueRoute>(route);
        Assert.Equal(("n2", TimeSpan.FromSeconds(4)), (queued.Replica.Node, queued.Wait));
    }

    [Fact]
    public void Choose_AllOverloaded_IsRefusedWithTheTimeUntilTheLeastIsNot()
    {
        var refusal = Refused(
            "queue", "Every replica of tiny has more work than it can begin in 30 s.", Router.Choose(Model(Full("n1", 90_000), Full("n2", 42_000)), Any));

        Assert.Equal(TimeSpan.FromSeconds(12), refusal.RetryAfter);
    }

    [Fact]
    public void Choose_AmongEquals_IsTheSameForATurnAndSpreadsTurns()
    {
        var model = Model(Ready("n1"), Ready("n2"), Ready("n3"));
        var reversed = Model(Ready("n3"), Ready("n2"), Ready("n1"));
        var counts = new Dictionary<string, int>();
        for (var i = 0; i < 3000; i++)
        {
            var request = Any with { Turn = $"0f3a-{i}" };
            var node = Assert.IsType<StartRoute>(Router.Choose(model, request)).Replica.Node;
            Assert.Equal(node, Assert.IsType<StartRoute>(Router.Choose(reversed, request)).Replica.Node);
            counts[node] = counts.GetValueOrDefault(node) + 1;
        }

        // A third each; five standard deviations of a fair draw.
        Assert.All(counts.Values, count => Assert.InRange(count, 870, 1130));
        Assert.Equal(3, counts.Count);
    }

    private static void Started(string node, object route) => Assert.Equal(node, Assert.IsType<StartRoute>(route).Replica.Node);

    private static Bailiwick.Silo.Hosting.Refusal Refused(string code, string sentence, object route)
    {
        var refusal = Assert.IsType<NoRoute>(route).Refusal;
        Assert.Equal((code, sentence), (refusal.Row.Code, refusal.Sentence));
        return refusal;
    }

    private static ServedModel Model(params Replica[] replicas) => ServedModelView.Unknown("tiny") with { Build = Build, Replicas = replicas };

    private static Replica Full(string node, int waitMs) => Ready(node) with { KvBlocksFree = 0, Waiting = 1, ExpectedWaitMs = waitMs };

    private static Replica Ready(string node, string zone = "z1", string cpu = "any", string? decoder = null) => new()
    {
        Zone = zone,
        Node = node,
        Model = "tiny",
        Build = Build,
        Phase = ReplicaPhase.Ready,
        KvBlocksFree = 100,
        Abilities = new ReplicaAbilities
        {
            Decoder = decoder ?? $"{node}-1-0",
            RuntimeDigest = "",
            CpuClass = cpu,
            ContextTokens = 8192,
            KvBlocks = 100,
            KvBlockTokens = 16,
            Grammar = false,
            Logprobs = false,
            MaxTopLogprobs = 0,
            ChatTemplate = true,
        },
    };
}
