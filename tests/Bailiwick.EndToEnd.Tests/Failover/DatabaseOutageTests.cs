using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Bailiwick.Client;
using Bailiwick.EndToEnd.Tests.Silo;
using Bailiwick.Protocol;
using Bailiwick.Protocol.Inference.V1;
using Xunit.Abstractions;

namespace Bailiwick.EndToEnd.Tests.Failover;

/// <summary>PostgreSQL is stopped under load: what runs ends well, what is new is refused at once, and all recovers by itself.</summary>
[Collection(FailoverCollection.Name)]
[Trait("Category", "Outage")]
public sealed class DatabaseOutageTests(ClusterSite cluster, ITestOutputHelper output) : IClassFixture<ClusterSite>
{
    private const string Boundary = "outage";
    private const int Streams = 6;
    private const int Tokens = 300;

    private const string Profile = """{"steps_per_second": 50, "prefill_tokens_per_second": 0, "batch": 64}""";

    private static readonly TimeSpan Outage =
        TimeSpan.FromSeconds(Environment.GetEnvironmentVariable("BAILIWICK_FULL") == "1" ? 60 : 15);

    /// <summary>Far below the 30 s that nothing may wait, far above what is expected: the machine may be busy.</summary>
    private static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(5);

    private readonly ConcurrentBag<string> _started = [];

    [Fact]
    public Task Cluster_DatabaseIsAwayUnderLoad_RefusesAtOnceAndRecoversByItself() => cluster.TellAsync(output, LoseDatabaseAsync);

    private async Task LoseDatabaseAsync()
    {
        var profile = await cluster.ProfileAsync(Profile);
        var nodes = await cluster.StartAsync([ClusterSite.Gateway(Boundary, "g1"), ClusterSite.Worker(Boundary, "w1", 512, profile)]);
        var (gateway, worker) = (nodes[0], nodes[1]);
        var key = await cluster.KeyAsync("outage");
        using var client = ClusterSite.Client(key, gateway);
        await cluster.IdleAsync(client, 1);

        var running = Enumerable.Range(0, Streams).Select(_ => StreamAsync(client)).ToList();
        await Condition.HoldsAsync(
            "all streams to run", ClusterSite.Patience, _ => Task.FromResult((_started.Count == Streams, $"{_started.Count}")));
        var before = await RecordsAsync("outcome");
        await cluster.Site.ClusterAsync("stop");
        var since = TimeProvider.System.GetTimestamp();

        var refusals = new List<TimeSpan>();
        await RefusedByHttpAsync(gateway, key);
        while (TimeProvider.System.GetElapsedTime(since) < Outage)
        {
            refusals.Add(await RefusedAsync(client));
        }

        // They had their intents: they run to their end, and their outcomes wait in the spool.
        var ended = await Task.WhenAll(running);
        Assert.All(ended, answer =>
        {
            Assert.Equal(Tokens, answer.Tokens.Count);
            Assert.NotNull(answer.Ended!.Receipt?.Outcome);
        });

        await cluster.Site.ClusterAsync("start");
        cluster.Site.Owner.Clear();
        var back = TimeProvider.System.GetTimestamp();
        await Condition.HoldsAsync("the next turn", ClusterSite.Patience, async token =>
        {
            try
            {
                _started.Add((await AnswerRecord.ReadAsync(client, Request(4), 0, null, token)).Turns[0]);
                return (true, "");
            }
            catch (BailiwickException problem)
            {
                return (false, problem.Message);
            }
        });
        var recovered = TimeProvider.System.GetElapsedTime(back);
        await cluster.IdleAsync(client, 1);
        var (report, leaves) = await cluster.PackAsync("outage", gateway, key);
        var sequenced = TimeProvider.System.GetElapsedTime(back);
        Assert.True(report.FindingCount == 0 && report.OpenIntents == 0, string.Join('\n', report.Findings));
        Ledger.Of(leaves).AssertAllClosed();
        Ledger.Of(leaves).AssertClosed(_started);
        Assert.Equal(before + Streams + 1, await RecordsAsync("outcome"));
        await MembersAliveAsync();
        Assert.False(gateway.Silo.HasEnded || worker.Silo.HasEnded);

        refusals.Sort();
        output.WriteLine(
            $"away for {Outage.TotalSeconds:F0} s: {refusals.Count} refused, "
            + $"median {refusals[refusals.Count / 2].TotalMilliseconds:F1} ms, "
            + $"max {refusals[^1].TotalMilliseconds:F0} ms; {Streams} running streams ended whole");
        output.WriteLine(
            $"back: first turn after {recovered.TotalSeconds:F2} s, log whole, signed and exported after {sequenced.TotalSeconds:F2} s");
        Assert.True(refusals[^1] < AtOnce, $"a refusal took {refusals[^1]}");
    }

    private async Task<AnswerRecord> StreamAsync(BailiwickClient client) =>
        await AnswerRecord.ReadAsync(
            client, Request(Tokens), 1,
            record =>
            {
                _started.Add(record.Turns[0]);
                return Task.CompletedTask;
            },
            CancellationToken.None);

    private static async Task<TimeSpan> RefusedAsync(BailiwickClient client)
    {
        var began = TimeProvider.System.GetTimestamp();
        var refusal = await Assert.ThrowsAsync<BailiwickException>(
            () => AnswerRecord.ReadAsync(client, Request(4), 0, null, CancellationToken.None));
        Assert.Equal(Errors.AuditUnavailable.Code, refusal.Code);
        Assert.NotNull(refusal.RetryAfter);
        return TimeProvider.System.GetElapsedTime(began);
    }

    private static async Task RefusedByHttpAsync(ClusterNode gateway, string key)
    {
        using var http = new HttpClient { BaseAddress = gateway.Http };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using var body = new StringContent(
            $$"""{"model": "{{ClusterSite.Model}}", "max_tokens": 4, "messages": [{"role": "user", "content": "x"}]}""",
            Encoding.UTF8, "application/json");
        using var answer = await http.PostAsync("/v1/chat/completions", body);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.NotNull(answer.Headers.RetryAfter);
        Assert.Contains(Errors.AuditUnavailable.Code, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private async Task<long> RecordsAsync(string kind)
    {
        await using var command = cluster.Site.Owner.CreateCommand("SELECT count(*) FROM records WHERE kind = $1");
        command.Parameters.AddWithValue(kind);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>Both silos sign the membership table again, and nobody was declared dead for PostgreSQL's absence.</summary>
    private async Task MembersAliveAsync()
    {
        var at = TimeProvider.System.GetUtcNow();
        await Condition.HoldsAsync("membership to be signed again", ClusterSite.Patience, async token =>
        {
            await using var command = cluster.Site.Owner.CreateCommand(
                """
                SELECT count(*) FILTER (WHERE status = 3 AND iamalivetime > $1), count(*)
                FROM orleansmembershiptable WHERE deploymentid = $2
                """);
            command.Parameters.AddWithValue(at.UtcDateTime);
            command.Parameters.AddWithValue(Boundary);
            await using var reader = await command.ExecuteReaderAsync(token);
            await reader.ReadAsync(token);
            return (reader.GetInt64(0) == 2 && reader.GetInt64(1) == 2, $"{reader.GetInt64(0)} of {reader.GetInt64(1)}");
        });
    }

    private static ChatRequest Request(int tokens) => new()
    {
        Model = ClusterSite.Model,
        Messages = { new Message { Role = "user", Content = "outage" } },
        Settings = new Settings { Seed = 1, MaxTokens = tokens },
    };
}
