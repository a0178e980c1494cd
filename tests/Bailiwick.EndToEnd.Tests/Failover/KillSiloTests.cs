using System.Globalization;
using Bailiwick.Client;
using Bailiwick.EndToEnd.Tests.Silo;
using Bailiwick.Evidence;
using Bailiwick.Protocol.Inference.V1;
using Xunit.Abstractions;

namespace Bailiwick.EndToEnd.Tests.Failover;

/// <summary>
/// Whatever serves a stream is killed, stopped or asked to leave at random moments: the stream goes on elsewhere, with the tokens that
/// the undisturbed run gave. BAILIWICK_FULL=1 takes 40 moments instead of one of each kind.
/// </summary>
[Collection(FailoverCollection.Name)]
[Trait("Category", "KillSilo")]
public sealed class KillSiloTests(ClusterSite cluster, ITestOutputHelper output) : IClassFixture<ClusterSite>
{
    private const string Boundary = "kill";
    private const int Workers = 2;
    private const int Seed = 20261124;
    private const int FullMoments = 40;

    /// <summary>Rounds whose signal came too late to prove anything.</summary>
    private const int MostLate = 3;

    /// <summary>Eight contexts would be reserved otherwise; two streams are all that runs.</summary>
    private const int KvBlocks = 256;

    private static readonly bool Full = Environment.GetEnvironmentVariable("BAILIWICK_FULL") == "1";

    /// <summary>From the last token to the client's knowing that its gateway is lost: two seconds where it stands still, and a machine's slack.</summary>
    private static readonly TimeSpan LongestDoubt = TimeSpan.FromSeconds(3.5);

    private static readonly TimeSpan OneAnswer = TimeSpan.FromMinutes(2);

    private static readonly Deed[] Deeds =
    [
        new("kill -9 silo", Signals.Kill, EndsSilo: true),
        new("kill -9 decoder", Signals.Kill, EndsSilo: false),
        new("SIGSTOP silo", Signals.Stop, EndsSilo: true),
        new("SIGSTOP decoder", Signals.Stop, EndsSilo: false),
        new("SIGTERM silo", Signals.Terminate, EndsSilo: true),
    ];

    private static readonly Kind[] Kinds =
    [
        new("greedy", Ask("Tell the story of a lighthouse keeper, in many sentences.", new Settings { Temperature = 0, MaxTokens = 120 })),
        new("seeded", Ask(
            "Describe a market in the morning, in many sentences.", new Settings { Temperature = 0.8f, Seed = 7, MaxTokens = 120 })),
        new("guided", Ask("List towns by the sea.", new Settings
        {
            Temperature = 0.8f,
            Seed = 11,
            MaxTokens = 120,
            Grammar = new Grammar
            {
                JsonSchema = """
                    {"type": "array", "minItems": 12, "maxItems": 12, "x-guidance": {"whitespace_flexible": false}, "items":
                     {"type": "object", "properties": {"town": {"type": "string", "maxLength": 24}, "people": {"type": "integer"}},
                      "required": ["town", "people"], "additionalProperties": false}}
                    """,
            },
        })),
    ];

    [Fact]
    public Task Stream_WhateverServesItIsLost_GivesTheUndisturbedAnswer() => cluster.TellAsync(output, KillAsync);

    [Fact]
    public Task Stream_ItsGatewayIsLost_GoesOnAtTheOtherOne() => cluster.TellAsync(output, LoseGatewaysAsync);

    private async Task KillAsync()
    {
        var (gateway, _, key) = await ReadyAsync();
        using var client = ClusterSite.Client(key, gateway);
        var undisturbed = await UndisturbedAsync(client);
        var chance = new Random(Seed);
        var rounds = new List<Round>();
        var moments = Full ? FullMoments : Deeds.Length + 1;
        for (var moment = 0; moment < moments; moment++)
        {
            var (deed, kind) = (Deeds[moment % Deeds.Length], chance.Next(Kinds.Length));
            // Not so late that the answer is whole before the signal arrives.
            var at = chance.Next(1, Math.Max(2, undisturbed[kind].Tokens.Count * 6 / 10));
            var (round, victim) = await RoundAsync(client, deed, kind, at, undisturbed[kind]);
            rounds.Add(round);
            await RestoreAsync(deed, victim, chance.Next(2) == 0);
            await cluster.IdleAsync(client, Workers);
        }

        Print(rounds);
        output.WriteLine($"silos that ended by themselves: {cluster.Restarts}");
        var (report, leaves) = await cluster.PackAsync("kill", gateway, key);
        Assert.True(report.FindingCount == 0, string.Join('\n', report.Findings));
        Ledger.Of(leaves).AssertClosed(rounds.Select(round => round.Turn));
    }

    private async Task LoseGatewaysAsync()
    {
        var (first, second, key) = await ReadyAsync();
        using var alone = ClusterSite.Client(key, second);
        var undisturbed = await UndisturbedAsync(alone);
        var chance = new Random(Seed + 1);
        var rounds = new List<Round>();
        var late = 0;
        while (rounds.Count < (Full ? 8 : 2))
        {
            using var client = ClusterSite.Client(key, first, second);
            var (signal, kind) = (rounds.Count % 2 == 0 ? Signals.Kill : Signals.Stop, chance.Next(Kinds.Length));
            var expected = undisturbed[kind];
            var (at, from) = (chance.Next(1, expected.Tokens.Count * 6 / 10), 0);
            var answer = await ReadAsync(client, Kinds[kind], at, record =>
            {
                from = record.Tokens.Count;
                Assert.True(Signals.Send(first.Silo.Id, signal));
                return Task.CompletedTask;
            });
            AssertSame(expected, answer);
            if (answer.Resumed.Count == 0)
            {
                // On a busy machine this process may get its tokens in one go, when all of them have left the gateway: nothing was lost.
                Assert.True(++late <= MostLate, $"{late} answers had left their gateway before the signal");
                await ReplaceAsync(first, second, key);
                continue;
            }

            var resumed = Assert.Single(answer.Resumed);
            Assert.Equal(second.Grpc, resumed.Gateway);
            var deed = signal == Signals.Kill ? "kill -9 gateway" : "SIGSTOP gateway";
            rounds.Add(new Round(deed, Kinds[kind].Name, at, answer.Gap(from), null, "", answer.Turns[^1]));
            output.WriteLine($"{deed} after {at} tokens ({Kinds[kind].Name}): gap {rounds[^1].Gap.TotalMilliseconds:F0} ms, "
                + $"of which the other gateway took {resumed.Gap.TotalMilliseconds:F0} ms");
            Assert.True(rounds[^1].Gap - resumed.Gap < LongestDoubt, "the client did not notice in time");
            await ReplaceAsync(first, second, key);
        }

        Print(rounds);
        await cluster.ClosedAsync();
        var (report, leaves) = await cluster.PackAsync("gateways", second, key);
        Assert.True(report.FindingCount == 0, string.Join('\n', report.Findings));
        // The turns that died with their gateways too: the reaper has closed them, once, since nobody knows more.
        Ledger.Of(leaves).AssertAllClosed();
        Assert.True(leaves.OfType<OutcomeLeaf>().Count(leaf => leaf.Finish is Finish.Unknown) >= rounds.Count, "a killed gateway's turn is not unknown");
    }

    private async Task ReplaceAsync(ClusterNode first, ClusterNode second, string key)
    {
        Signals.Send(first.Silo.Id, Signals.Kill);
        await first.Silo.EndedAsync();
        await first.StartAsync();
        await IdleAsync(key, first, second);
    }

    /// <summary>Two gateways and two workers, ready and idle.</summary>
    private async Task<(ClusterNode First, ClusterNode Second, string Key)> ReadyAsync()
    {
        if (cluster.Nodes.Count == 0)
        {
            await cluster.StartAsync(
            [
                ClusterSite.Gateway(Boundary, "g1"), ClusterSite.Gateway(Boundary, "g2"),
                .. Enumerable.Range(1, Workers).Select(number => ClusterSite.Worker(Boundary, $"w{number}", KvBlocks)),
            ]);
        }

        var key = await cluster.KeyAsync($"k-{Guid.NewGuid():N}");
        var (first, second) = (cluster.Nodes[0], cluster.Nodes[1]);
        await IdleAsync(key, first, second);
        return (first, second, key);
    }

    /// <summary>Each gateway knows all replicas: none that is asked first sends its client on to the other.</summary>
    private async Task IdleAsync(string key, params ClusterNode[] gateways)
    {
        foreach (var gateway in gateways)
        {
            using var client = ClusterSite.Client(key, gateway);
            await cluster.IdleAsync(client, Workers);
        }
    }

    private async Task<List<AnswerRecord>> UndisturbedAsync(BailiwickClient client)
    {
        var answers = new List<AnswerRecord>();
        foreach (var kind in Kinds)
        {
            var answer = await ReadAsync(client, kind, 0, null);
            Assert.NotEmpty(answer.Text);
            output.WriteLine($"{kind.Name}: {answer.Tokens.Count} tokens, {answer.Step().TotalMilliseconds:F1} ms a token");
            answers.Add(answer);
        }

        return answers;
    }

    private static void AssertSame(AnswerRecord expected, AnswerRecord answer)
    {
        Assert.True(expected.Tokens.SequenceEqual(answer.Tokens), $"tokens differ at {Differ(expected.Tokens, answer.Tokens)}");
        Assert.Equal(expected.Text, answer.Text);
        Assert.Equal(expected.Ended!.Reason, answer.Ended!.Reason);
        Assert.NotNull(answer.Ended.Receipt?.Outcome);
    }

    private async Task<(Round Round, ClusterNode Victim)> RoundAsync(
        BailiwickClient client, Deed deed, int kind, int at, AnswerRecord expected)
    {
        ClusterNode? victim = null;
        var (from, killed) = (0, DateTimeOffset.MinValue);
        var answer = await ReadAsync(client, Kinds[kind], at, async record =>
        {
            victim = await cluster.ServingAsync(record.Turns[0]);
            var process = deed.EndsSilo ? victim.Silo.Id : await victim.DecoderAsync();
            (from, killed) = (record.Tokens.Count, TimeProvider.System.GetUtcNow());
            Assert.True(Signals.Send(process, deed.Signal), $"{deed.Name} reached nobody");
        });
        var moves = await cluster.MovesAsync(answer.Turns[0]);
        // The gateway's line, by its clock and ours: one machine.
        var found = Noticed(cluster.Nodes[0].Output, answer.Turns[0]) - killed;
        var round = new Round(deed.Name, Kinds[kind].Name, at, answer.Gap(from), found, string.Join(' ', moves), answer.Turns[0]);
        output.WriteLine(
            $"{round.Deed} of {victim?.Name} after {at} tokens ({round.Kind}): gap {round.Gap.TotalMilliseconds:F0} ms, "
            + $"noticed after {found?.TotalMilliseconds:F0} ms, {round.Moves}");
        AssertSame(expected, answer);
        // The client's connection was never in question: one turn, one pair of records.
        Assert.Empty(answer.Resumed);
        return (round, victim!);
    }

    /// <summary>The victim's silo runs again. A decoder is its silo's to replace.</summary>
    private static async Task RestoreAsync(Deed deed, ClusterNode victim, bool goesOn)
    {
        if (!deed.EndsSilo)
        {
            return;
        }

        if (deed.Name == "SIGSTOP silo")
        {
            // Goes on as if nothing had happened (it reads that it was declared dead, and ends itself), or never goes on.
            Signals.Send(victim.Silo.Id, goesOn ? Signals.Continue : Signals.Kill);
        }

        var code = await victim.Silo.EndedAsync();
        Assert.True(code == 0 || deed.Name != "SIGTERM silo", $"ended with {code}");
        await victim.StartAsync();
    }

    private void Print(List<Round> rounds)
    {
        output.WriteLine("");
        output.WriteLine("deed             | rounds | noticed median ms | max ms | gap median ms | max ms");
        foreach (var deed in rounds.GroupBy(round => round.Deed))
        {
            var gaps = deed.Select(round => round.Gap.TotalMilliseconds).Order().ToList();
            var noticed = deed.Select(round => round.Noticed?.TotalMilliseconds ?? 0).Order().ToList();
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{deed.Key,-16} | {gaps.Count,6} | {noticed[gaps.Count / 2],17:F0} | {noticed[^1],6:F0} | {gaps[gaps.Count / 2],13:F0} "
                + $"| {gaps[^1],6:F0}"));
        }
    }

    /// <summary>When a gateway said that a turn has lost its replica; null = it never did.</summary>
    private static DateTimeOffset? Noticed(string log, string turn) =>
        log.Split('\n').FirstOrDefault(line => line.Contains($"Turn {turn} lost node", StringComparison.Ordinal)) is { } line
            ? DateTimeOffset.Parse(line[..line.IndexOf(' ', StringComparison.Ordinal)], CultureInfo.InvariantCulture)
            : null;

    private static async Task<AnswerRecord> ReadAsync(BailiwickClient client, Kind kind, int at, Func<AnswerRecord, Task>? then)
    {
        using var patience = new CancellationTokenSource(OneAnswer);
        return await AnswerRecord.ReadAsync(client, kind.Request, at, then, patience.Token);
    }

    private static ChatRequest Ask(string question, Settings settings) => new()
    {
        Model = ClusterSite.Model,
        Messages = { new Message { Role = "user", Content = question } },
        Settings = settings,
    };

    private static int Differ(List<int> one, List<int> other) => one.Zip(other).TakeWhile(pair => pair.First == pair.Second).Count();

    private sealed record Deed(string Name, int Signal, bool EndsSilo);

    private sealed record Kind(string Name, ChatRequest Request);

    private sealed record Round(string Deed, string Kind, int At, TimeSpan Gap, TimeSpan? Noticed, string Moves, string Turn);
}
