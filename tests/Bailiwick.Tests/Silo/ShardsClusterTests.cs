using System.Diagnostics;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Silo.Cluster;
using Bailiwick.Silo.Shards;
using Bailiwick.Tests.Protocol;
using Xunit.Abstractions;

namespace Bailiwick.Tests.Silo;

/// <summary>Turns from one silo to another's decoder, and what can happen to them on the way.</summary>
[Trait("Category", "Shards")]
public sealed class ShardsClusterTests(ITestOutputHelper output)
{
    private const string Endless = """{"steps_per_second":200,"prefill_tokens_per_second":0}""";

    [Fact]
    public async Task Turn_OnAnotherSilo_StreamsWholeAndInOrder()
    {
        await using var cluster = await ShardCluster.StartAsync(2);
        var replica = cluster.Replica(node: 1, seenFrom: 0);

        var log = await RunAsync(cluster, 0, replica, Question(tokens: 50, seed: 7));

        Assert.Equal(ShardFrameKind.Started, log.Kinds[0]);
        Assert.Equal(ShardFrameKind.Finished, log.Kinds[^1]);
        Assert.Equal((Finished.Types.Reason.Length, 50, "turn"), (log.Finished!.Reason, log.Finished.AnswerTokens, log.Finished.Turn));
        Assert.Equal(await UndisturbedAsync(Question(tokens: 50, seed: 7)), log.Ids);
        Assert.Equal("tiny", Assert.Single(cluster.Shards(0).Current.Models).Name);
        Assert.Matches(@"^n1-[0-9]+-0$", replica.Abilities!.Decoder);
    }

    [Fact]
    public async Task Turn_ResumedWithWhatHasLeft_GivesTheRestOnly()
    {
        await using var cluster = await ShardCluster.StartAsync(1);
        var whole = await UndisturbedAsync(Question(tokens: 40, seed: 9));

        var log = await RunAsync(cluster, 0, cluster.Replica(0, 0), Question(tokens: 40, seed: 9), emitted: [.. whole[..15]]);

        Assert.Equal(whole[15..], log.Ids);
        Assert.Equal(40, log.Finished!.AnswerTokens);
    }

    [Theory]
    [InlineData(LinkUnderTest.SigKill, nameof(ShardLoss.Reset))]
    [InlineData(LinkUnderTest.SigStop, nameof(ShardLoss.MissedHeartbeats))]
    public async Task Turn_DecoderIsKilledOrStandsStill_IsLostAndAnotherDecoderFollows(int signal, string loss)
    {
        await using var cluster = await ShardCluster.StartAsync(2);
        var replica = cluster.Replica(1, 0);
        var whole = await UndisturbedAsync(Question(tokens: 600, seed: 3));

        var log = await RunAsync(cluster, 0, replica, Question(tokens: 600, seed: 3), at: count =>
        {
            if (count == 20)
            {
                Assert.Equal(0, LinkUnderTest.Kill(Pid(replica), signal));
            }
        });

        // Not the link's to replace unseen: the record of the turn names its decoder.
        Assert.Equal((ShardFrameKind.Lost, loss), (log.Kinds[^1], $"{log.Loss}"));
        Assert.Equal(whole[..log.Ids.Count], log.Ids);
        Assert.InRange(log.Ids.Count, 20, 599);
        await cluster.UntilReplicasAsync(
            0,
            replicas => replicas.Any(r => r.Node == "n1" && r.Abilities?.Decoder.EndsWith("-1", StringComparison.Ordinal) == true),
            "the next decoder shown");
    }

    [Fact]
    public async Task Turn_Cancelled_EndsAsCancelledAndFreesItsBlocks()
    {
        await using var cluster = await ShardCluster.StartAsync(2);
        using var cancel = new CancellationTokenSource();
        var since = 0L;

        var log = await RunAsync(
            cluster, 0, cluster.Replica(1, 0), Question(tokens: 5000, seed: 1), cancel: cancel.Token, at: count =>
            {
                if (count == 10)
                {
                    since = Stopwatch.GetTimestamp();
                    cancel.Cancel();
                }
            });

        output.WriteLine($"cancel to Finished: {Stopwatch.GetElapsedTime(since).TotalMilliseconds:F0} ms");
        Assert.Equal(Finished.Types.Reason.Cancelled, log.Finished!.Reason);
        Assert.InRange(log.Finished.AnswerTokens, 10, 1000);
        await NothingHeldAsync(cluster, 1);
    }

    [Fact]
    public async Task Turn_LeftEarly_FreesItsBlocks()
    {
        await using var cluster = await ShardCluster.StartAsync(2);
        var seen = 0;

        await foreach (var frame in cluster.Shards(0).RunAsync(
            cluster.Admit(Question(5000, 1)), cluster.Replica(1, 0), "turn", [], CancellationToken.None))
        {
            seen += frame.Tokens.Count;
            if (seen > 5)
            {
                break;
            }
        }

        await NothingHeldAsync(cluster, 1);
        Assert.Equal(0, cluster.Service<ShardCalls>(0).Count);
    }

    [Fact]
    public async Task Turn_SiloIsKilled_IsLostWithinTwoSeconds()
    {
        await using var cluster = await ShardCluster.StartAsync(2);
        var killed = 0L;

        var log = await RunAsync(cluster, 0, cluster.Replica(1, 0), Question(5000, 1), at: count =>
        {
            if (count == 10)
            {
                killed = Stopwatch.GetTimestamp();
                _ = cluster.KillAsync(1);
            }
        });

        output.WriteLine($"kill to {log.Loss}: {Stopwatch.GetElapsedTime(killed).TotalMilliseconds:F0} ms");
        Assert.Equal(ShardFrameKind.Lost, log.Kinds[^1]);
        // 750 ms by design; the rest is for a busy machine.
        Assert.InRange(Stopwatch.GetElapsedTime(killed).TotalSeconds, 0, 5);
        await cluster.UntilReplicasAsync(0, replicas => replicas.All(replica => replica.Node == "n0"), "its replica taken off");
    }

    [Fact]
    public async Task Turn_SiloIsStopped_RunsToItsEndAndNewOnesGoElsewhere()
    {
        await using var cluster = await ShardCluster.StartAsync(2);
        var replica = cluster.Replica(1, 0);
        Task? stopping = null;

        var log = await RunAsync(cluster, 0, replica, Question(tokens: 300, seed: 5), at: count =>
        {
            if (count == 10)
            {
                stopping = cluster.StopAsync(1);
            }
            else if (count == 250)
            {
                Assert.True(cluster.Replica(1, 0).Draining, "the gateway was not told of the drain");
            }
        });

        Assert.Equal(Finished.Types.Reason.Length, log.Finished?.Reason);
        Assert.Equal(300, log.Ids.Count);
        await stopping!;
        var late = await RunAsync(cluster, 0, replica, Question(10, 5));
        Assert.Equal(ShardFrameKind.Lost, late.Kinds[^1]);
    }

    [Fact]
    public async Task Node_InTheDrainsTable_TakesNoNewTurn()
    {
        await using var cluster = await ShardCluster.StartAsync(1);

        cluster.Desired.Drains = [new NodeName(ShardCluster.Zone, "n0")];
        await cluster.UntilReplicasAsync(0, replicas => replicas is [{ Draining: true }], "draining shown");
        var log = await RunAsync(cluster, 0, cluster.Replica(0, 0), Question(10, 1));

        Assert.Equal(ShardLoss.Drain, log.Loss);
        cluster.Desired.Drains = [];
        await cluster.UntilReplicasAsync(0, replicas => replicas is [{ Draining: false }], "drain ended");
    }

    [Fact]
    public async Task Turn_GatewayPullsNoMore_IsEndedAndFreed()
    {
        await using var cluster = await ShardCluster.StartAsync(2);
        var replica = cluster.Replica(1, 0);
        var grain = cluster.Service<IGrainFactory>(0).GetGrain<IShardGrain>(new ShardKey(replica.Zone, replica.Node, replica.Build, 0).ToString());
        var submit = Question(5000, 1);

        // As a gateway that is gone: nobody pulls any further.
        await grain.StartAsync("abandoned", new ShardTurn { Turn = 1, Payload = ShardPayload.Of(cluster.Admit(submit), submit) }, CancellationToken.None);
        while ((await grain.PullAsync("abandoned", CancellationToken.None)).Records.Length == 0)
        {
        }

        Assert.Equal(1, cluster.Service<ReplicaHosts>(1).All[0].Report(false, "")!.Replicas[0].Active);

        await NothingHeldAsync(cluster, 1);
    }

    [Theory]
    [InlineData(2, "epoch")]
    [InlineData(0, "policy_stale")]
    public async Task Turn_WorkerHasAnotherPolicy_IsRefused(int epoch, string code)
    {
        await using var cluster = await ShardCluster.StartAsync(2);
        cluster.Policy(1).IsStale = epoch == 0;
        if (epoch > 0)
        {
            cluster.Policy(1).Raise(epoch);
        }

        var log = await RunAsync(cluster, 0, cluster.Replica(1, 0), Question(10, 1));

        Assert.Equal((Finished.Types.Reason.Refused, code), (log.Finished!.Reason, log.Finished.Problem.Code));
        Assert.Empty(log.Ids);
    }

    [Fact]
    public async Task Turn_ReplicaInAPlaceThatWasNotAdmitted_Throws()
    {
        await using var cluster = await ShardCluster.StartAsync(1);
        var elsewhere = cluster.Replica(0, 0) with { Zone = "local-2" };

        Assert.Throws<InvalidOperationException>(() => cluster.Shards(0).RunAsync(
            cluster.Admit(Question(10, 1)), elsewhere, "turn", [], CancellationToken.None));
    }

    [Fact]
    public async Task Turns_MoreThanTheBlocks_WaitInTheQueueAndAllEnd()
    {
        await using var cluster = await ShardCluster.StartAsync(2, """{"steps_per_second":2000,"prefill_tokens_per_second":0,"batch":8}""", kvBlocks: 8);
        var replica = cluster.Replica(1, 0);

        var logs = await Task.WhenAll(Enumerable.Range(0, 24).Select(n => RunAsync(cluster, 0, replica, Question(30, (ulong)n), turn: $"turn-{n}")));

        Assert.All(logs, log => Assert.Equal((Finished.Types.Reason.Length, 30), (log.Finished!.Reason, log.Ids.Count)));
        await NothingHeldAsync(cluster, 1);
    }

    [Fact]
    public async Task TextCall_OnAnotherSilo_IsAnsweredAndRefusedUnderAnotherEpoch()
    {
        await using var cluster = await ShardCluster.StartAsync(2);
        var replica = cluster.Replica(1, 0);
        Assert.True(cluster.Policy(0).TryGet(out var guard, out _));
        var admitted = guard.Admit(new TextCall { CountText = "twelve chars" }, new Bailiwick.Residency.Requests.RequestFacts
        {
            Credential = new Bailiwick.Residency.Label("local", "public", "service-provision", "quick-start"),
            Caller = Bailiwick.Residency.Place.In(ShardCluster.Zone, Bailiwick.Residency.Proof.Contract),
            Silos = [Bailiwick.Residency.Place.In(ShardCluster.Zone, Bailiwick.Residency.Proof.Certificate)],
        }).Payload!;

        Assert.Equal(3, (await cluster.Shards(0).CallAsync(admitted, replica, CancellationToken.None))!.Count);

        cluster.Policy(1).Raise(2);
        Assert.Equal("epoch", (await cluster.Shards(0).CallAsync(admitted, replica, CancellationToken.None))!.Problem.Code);
    }

    private static Submit Question(int tokens, ulong seed) =>
        new() { Text = "How long is a piece of string?", MaxTokens = tokens, Sampling = new Sampling { Seed = seed } };

    private static int Pid(Replica replica) =>
        int.Parse(replica.Abilities!.Decoder.Split('-')[1], System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The same turn on a decoder of its own, without a cluster.</summary>
    private static async Task<List<int>> UndisturbedAsync(Submit turn)
    {
        await using var link = await LinkUnderTest.StartAsync(LinkUnderTest.Simulated(Endless));
        return [.. (await LinkUnderTest.RunAsync(link, turn)).Ids];
    }

    private static Task NothingHeldAsync(ShardCluster cluster, int silo) => LinkUnderTest.UntilAsync(
        () => cluster.Service<ShardStreams>(silo).Count == 0
            && cluster.Service<ReplicaHosts>(silo).All[0].Report(false, "") is { Replicas: [{ Active: 0, Waiting: 0 } replica] }
            && replica.KvBlocksFree == replica.Abilities?.KvBlocks,
        "everything freed",
        () => $"{cluster.Service<ShardStreams>(silo).Count} streams, {cluster.Service<ReplicaHosts>(silo).All[0].Report(false, "")?.Replicas[0]}");

    private static async Task<FrameLog> RunAsync(
        ShardCluster cluster, int from, Replica replica, Submit submit, Action<int>? at = null, IReadOnlyList<int>? emitted = null,
        string turn = "turn", CancellationToken cancel = default)
    {
        var log = new FrameLog();
        var run = Task.Run(
            async () =>
            {
                await foreach (var frame in cluster.Shards(from).RunAsync(cluster.Admit(submit, from), replica, turn, emitted ?? [], cancel))
                {
                    log.Kinds.Add(frame.Kind);
                    foreach (var token in frame.Tokens)
                    {
                        at?.Invoke(log.Ids.Count);
                        log.Ids.Add(token.Id);
                    }

                    (log.Finished, log.Loss) = (frame.Finished, frame.Loss);
                }
            },
            CancellationToken.None);
        using var limit = new CancellationTokenSource(LinkUnderTest.Wait);
        await run.WaitAsync(limit.Token);
        return log;
    }

    private sealed class FrameLog
    {
        public List<ShardFrameKind> Kinds { get; } = [];

        public List<int> Ids { get; } = [];

        public Finished? Finished { get; set; }

        public ShardLoss Loss { get; set; }
    }
}
