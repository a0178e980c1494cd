using System.Collections.Concurrent;
using Bailiwick.Client;
using Bailiwick.EndToEnd.Tests.Silo;
using Bailiwick.Evidence;
using Bailiwick.Protocol.Inference.V1;
using Xunit.Abstractions;

namespace Bailiwick.EndToEnd.Tests.Failover;

/// <summary>
/// Many turns at once, half of them cancelled at random moments, while silos and decoders are killed: nothing stays held, nothing is
/// missing from the log. BAILIWICK_FULL=1 runs 400 requests instead of 100.
/// </summary>
[Collection(FailoverCollection.Name)]
[Trait("Category", "Storm")]
public sealed class StormTests(ClusterSite cluster, ITestOutputHelper output) : IClassFixture<ClusterSite>
{
    private const string Boundary = "storm";
    private const int Seed = 4711;
    private const int Workers = 2;
    private const int AtOnce = 24;
    private const int Seeds = 8;
    private const int MostTokens = 60;

    /// <summary>A dozen turns fit at a time, so that others wait for blocks and are cancelled there too.</summary>
    private const int KvBlocks = 96;

    private const string Profile = """{"steps_per_second": 60, "prefill_tokens_per_second": 0, "batch": 64}""";

    private static readonly int Requests = Environment.GetEnvironmentVariable("BAILIWICK_FULL") == "1" ? 400 : 100;
    private static readonly TimeSpan OneAnswer = TimeSpan.FromMinutes(3);

    private readonly ConcurrentBag<string> _started = [];
    private readonly ConcurrentDictionary<int, ConcurrentBag<IReadOnlyList<int>>> _answers = [];
    private readonly ConcurrentBag<string> _failures = [];
    private volatile TaskCompletionSource<string>? _middle;
    private int _cancelled;

    [Fact]
    public Task Turns_CancelledAndKilledAtRandom_LeaveNothingHeldAndEachOneOutcome() => cluster.TellAsync(output, StormAsync);

    private async Task StormAsync()
    {
        var profile = await cluster.ProfileAsync(Profile);
        var nodes = await cluster.StartAsync(
        [
            ClusterSite.Gateway(Boundary, "g1"),
            .. Enumerable.Range(1, Workers).Select(number => ClusterSite.Worker(Boundary, $"w{number}", KvBlocks, profile)),
        ]);
        var gateway = nodes[0];
        var key = await cluster.KeyAsync("storm");
        using var client = ClusterSite.Client(key, gateway);
        await cluster.IdleAsync(client, Workers);

        var began = TimeProvider.System.GetTimestamp();
        using var places = new SemaphoreSlim(AtOnce);
        var chance = new Random(Seed);
        // Seeds of their own: every seed has answers of both kinds.
        var plans = Enumerable.Range(0, Requests)
            .Select(number => new Plan(number / 2 % Seeds, number % 2 == 0 ? chance.Next(-20, MostTokens) : null)).ToList();
        var turns = new List<Task>();
        bool?[] kills = [true, false, true, null];
        foreach (var (silo, part) in kills.Zip(plans.Chunk(Requests / kills.Length)))
        {
            turns.AddRange(part.Select(plan => OneAsync(client, plan, places)));
            if (silo is { } wholeSilo)
            {
                await KillAsync(client, wholeSilo);
            }
        }

        await Task.WhenAll(turns);
        var took = TimeProvider.System.GetElapsedTime(began);

        await cluster.IdleAsync(client, Workers);
        var shards = (await client.Operations.ListNodesAsync()).Nodes.SelectMany(node => node.Shards).ToList();
        Assert.Equal(Workers, shards.Count);
        Assert.All(shards, shard => Assert.Equal((shard.KvBlocks, 0, 0), (shard.KvBlocksFree, shard.Active, shard.Waiting)));

        var answers = _answers.Sum(entry => entry.Value.Count);
        output.WriteLine($"{Requests} requests in {took.TotalSeconds:F1} s: {_cancelled} cancelled, {answers - _cancelled} whole");
        Assert.True(_failures.IsEmpty, string.Join('\n', _failures));
        AssertSameTokens();
        var (report, leaves) = await cluster.PackAsync("storm", gateway, key);
        Assert.True(report.FindingCount == 0 && report.OpenIntents == 0, string.Join('\n', report.Findings));
        var ledger = Ledger.Of(leaves);
        ledger.AssertAllClosed();
        ledger.AssertClosed(_started);
        Assert.InRange(ledger.Turns, _started.Count, Requests);
        // Each kill hit at least the turn that it was aimed at.
        Assert.InRange(report.Kinds[LeafKind.Moved], kills.Length - 1, long.MaxValue);
        output.WriteLine($"{leaves.Count} leaves: {string.Join(", ", report.Kinds.Select(kind => $"{kind.Value} {kind.Key}"))}");
    }

    private async Task OneAsync(BailiwickClient client, Plan plan, SemaphoreSlim places)
    {
        await places.WaitAsync();
        using var leaving = new CancellationTokenSource(OneAnswer);
        var (turn, tokens) = ("", new List<int>());
        try
        {
            if (plan.LeaveAt is < 0 and var early)
            {
                leaving.CancelAfter(-early);
            }

            await foreach (var part in client.ChatAsync(Request(plan.Seed), leaving.Token))
            {
                if (part is AnswerStarted started)
                {
                    _started.Add(turn = started.Turn);
                }

                tokens.AddRange((part as AnswerDelta)?.Tokens.Select(token => token.Id) ?? []);
                if (plan.LeaveAt is null && tokens.Count is > 5 and < 20)
                {
                    _middle?.TrySetResult(turn);
                }

                if (tokens.Count >= plan.LeaveAt)
                {
                    await leaving.CancelAsync();
                }
            }

            Assert.Equal(MostTokens, tokens.Count);
        }
        catch (OperationCanceledException) when (plan.LeaveAt is not null)
        {
            Interlocked.Increment(ref _cancelled);
        }
        catch (BailiwickException problem)
        {
            _failures.Add($"{plan}: {problem.Code}: {problem.Message}");
        }
        finally
        {
            _answers.GetOrAdd(plan.Seed, _ => []).Add(tokens);
            places.Release();
        }
    }

    /// <summary>Kills what serves a turn in its middle, and waits until all replicas are there again.</summary>
    private async Task KillAsync(BailiwickClient client, bool silo)
    {
        _middle = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var node = await cluster.ServingAsync(await _middle.Task.WaitAsync(ClusterSite.Patience, TimeProvider.System));
        Assert.True(Signals.Send(silo ? node.Silo.Id : await node.DecoderAsync(), Signals.Kill));
        if (silo)
        {
            await node.Silo.EndedAsync();
            await node.StartAsync();
        }

        await Condition.HoldsAsync("all replicas to be ready", ClusterSite.Patience, async token =>
        {
            var replicas = (await client.GetModelAsync(ClusterSite.Model, token)).Replicas;
            return (replicas.Count(replica => replica.State == ModelState.Ready) == Workers, $"{replicas}");
        });
    }

    /// <summary>One seed, one answer, however often its turn moved; what was cancelled is its beginning.</summary>
    private void AssertSameTokens() => Assert.All(_answers.Values, answers =>
    {
        var whole = answers.MaxBy(tokens => tokens.Count)!;
        Assert.All(answers, tokens => Assert.Equal(whole.Take(tokens.Count), tokens));
    });

    private static ChatRequest Request(int seed) => new()
    {
        Model = ClusterSite.Model,
        Messages = { new Message { Role = "user", Content = "storm" } },
        Settings = new Settings { Temperature = 1, Seed = (ulong)seed, MaxTokens = MostTokens },
    };

    /// <param name="Seed">Of the draws.</param>
    /// <param name="LeaveAt">Tokens after which the caller leaves; below 0 after as many milliseconds; null = never.</param>
    private sealed record Plan(int Seed, int? LeaveAt);
}
