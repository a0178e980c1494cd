using Bailiwick.Client;
using Bailiwick.EndToEnd.Tests.Failover;
using Bailiwick.EndToEnd.Tests.Silo;
using Bailiwick.Protocol.Inference.V1;
using Xunit.Abstractions;

namespace Bailiwick.EndToEnd.Tests.Sessions;

/// <summary>
/// Conversations while silos and decoders are killed between and during their turns: they go on, no turn is lost or doubled, and each
/// answer is the one that the undisturbed conversation got. BAILIWICK_FULL=1 takes 30 runs instead of one of each kind.
/// </summary>
[Collection(FailoverCollection.Name)]
[Trait("Category", "Sessions")]
public sealed class SessionsKillTests(ClusterSite cluster, ITestOutputHelper output) : IClassFixture<ClusterSite>
{
    private const int Seed = 20261129;
    private const int FullRuns = 30;
    private const int KvBlocks = 256;

    private static readonly bool Full = Environment.GetEnvironmentVariable("BAILIWICK_FULL") == "1";
    private static readonly TimeSpan OneAnswer = TimeSpan.FromMinutes(2);

    private static readonly string[] Questions =
    [
        "Tell me about a lighthouse, in many sentences.", "And who lives in it? Tell me in many sentences.", "What do they do at night? In many sentences.",
    ];

    private enum Deed
    {
        KillGatewayDuring,
        KillGatewayBetween,
        KillDecoderDuring,
        KillDecoderBetween,
        KillOtherSiloDuring,
    }

    [Fact]
    public Task Conversation_WhateverIsKilled_GoesOnWithoutALostOrDoubledTurn() => cluster.TellAsync(output, async () =>
    {
        var pair = await TwoSilos.ReadyAsync(cluster, "sessions-kill", KvBlocks);
        using var calm = ClusterSite.Client(pair.Key, pair.First, pair.Second);
        var expected = new List<AnswerRecord>();
        var reference = (await calm.Conversations.CreateAsync()).Id;
        foreach (var question in Questions)
        {
            expected.Add(await AskAsync(calm, reference, question, 0, null));
        }

        var chance = new Random(Seed);
        var runs = Full ? FullRuns : Enum.GetValues<Deed>().Length;
        var (resumes, turns) = (0, 0);
        for (var run = 0; run < runs; run++)
        {
            var deed = (Deed)(run % Enum.GetValues<Deed>().Length);
            var (at, turn) = (chance.Next(1, expected.Min(answer => answer.Tokens.Count) * 6 / 10), chance.Next(Questions.Length));
            var (gateway, other) = chance.Next(2) == 0 ? (pair.First, pair.Second) : (pair.Second, pair.First);
            using var client = ClusterSite.Client(pair.Key, gateway, other);
            var conversation = (await client.Conversations.CreateAsync()).Id;
            for (var number = 0; number < Questions.Length; number++)
            {
                if (number == turn && deed is Deed.KillGatewayBetween or Deed.KillDecoderBetween)
                {
                    await DoAsync(deed, gateway, other);
                }

                var isDuring = number == turn && deed is not (Deed.KillGatewayBetween or Deed.KillDecoderBetween);
                var answer = await AskAsync(client, conversation, Questions[number], at, isDuring ? () => DoAsync(deed, gateway, other) : null);
                Assert.True(expected[number].Tokens.SequenceEqual(answer.Tokens), $"run {run} ({deed}), turn {number}: another answer");
                Assert.Equal(expected[number].Text, answer.Text);
                resumes += answer.Resumed.Count;
                turns++;
            }

            var kept = await KeptAsync(client, conversation);
            output.WriteLine($"run {run}: {deed} at token {at} of turn {turn + 1}: {kept.Count} turns kept");
            Assert.Equal(Questions, kept.Select(one => Said(one.MessagesJson, "user")));
            Assert.Equal(expected.Select(one => one.Text), kept.Select(one => Said(one.AnswerJson, "assistant")));
            await pair.RestoreAsync();
        }

        output.WriteLine($"{runs} runs, {turns} turns, {resumes} resumed at the other gateway; silos that ended by themselves: {cluster.Restarts}");
        Assert.True(resumes > 0, "no answer was resumed: nothing was shown");
    });

    /// <summary>Kills, and waits until what was killed is gone.</summary>
    private static async Task DoAsync(Deed deed, ClusterNode gateway, ClusterNode other)
    {
        switch (deed)
        {
            case Deed.KillGatewayDuring or Deed.KillGatewayBetween:
                await gateway.Silo.KillAsync();
                break;
            case Deed.KillOtherSiloDuring:
                await other.Silo.KillAsync();
                break;
            case Deed.KillDecoderBetween:
                // Not both: a new turn that finds no replica at all is refused (503), as it should be.
                Assert.True(Signals.Send(await gateway.DecoderAsync(), Signals.Kill));
                break;
            default:
                // Whichever of them serves: both.
                foreach (var node in new[] { gateway, other })
                {
                    Assert.True(Signals.Send(await node.DecoderAsync(), Signals.Kill));
                }

                break;
        }
    }

    /// <summary>A turn, asked once: what goes wrong meanwhile is the client's and the cluster's to mend.</summary>
    private static async Task<AnswerRecord> AskAsync(BailiwickClient client, string conversation, string question, int at, Func<Task>? then)
    {
        using var patience = new CancellationTokenSource(OneAnswer);
        var request = new ChatRequest
        {
            Model = ClusterSite.Model,
            Conversation = conversation,
            Messages = { new Message { Role = "user", Content = question } },
            Settings = new Settings { Temperature = 0.7f, Seed = 11, MaxTokens = 60 },
        };
        return await AnswerRecord.ReadAsync(client, request, at, then is null ? null : _ => then(), patience.Token);
    }

    private static async Task<IReadOnlyList<Bailiwick.Protocol.Conversations.V1.Turn>> KeptAsync(BailiwickClient client, string conversation) =>
        await client.Conversations.ListTurnsAsync(conversation);

    private static string Said(string messages, string role)
    {
        using var document = System.Text.Json.JsonDocument.Parse(messages);
        var only = Assert.Single(document.RootElement.EnumerateArray());
        Assert.Equal(role, only.GetProperty("role").GetString());
        return only.GetProperty("content").GetString()!;
    }
}
