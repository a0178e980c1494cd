using System.Net.Http.Headers;
using System.Text;
using Bailiwick.Client;
using Bailiwick.EndToEnd.Tests.Failover;
using Bailiwick.EndToEnd.Tests.Sessions;
using Bailiwick.Evidence;
using Bailiwick.Protocol.Inference.V1;
using Bailiwick.Silo.Api.Auth;
using Npgsql;
using Xunit.Abstractions;

namespace Bailiwick.EndToEnd.Tests.Identity;

/// <summary>A key that is revoked while its streams run: each ends with its error, at both doors and at the gateway that only follows.</summary>
[Collection(FailoverCollection.Name)]
[Trait("Category", "Identity")]
public sealed class RevocationTests(ClusterSite cluster, ITestOutputHelper output) : IClassFixture<ClusterSite>
{
    /// <summary>Long enough that none ends by itself.</summary>
    private const string Profile = """{"steps_per_second":20,"prefill_tokens_per_second":0}""";

    private const int Tokens = 400;

    [Fact]
    public Task Streams_OfAKeyThatIsRevoked_EndWithinAboutASecond() => cluster.TellAsync(output, async () =>
    {
        var pair = await TwoSilos.ReadyAsync(cluster, "revocation", 256, await cluster.ProfileAsync(Profile));
        var (key, goOn) = (pair.Key, await cluster.KeyAsync("goes-on"));
        await TwoSilos.UntilKnownAsync(pair.Second, goOn);
        using var http = new HttpClient { BaseAddress = pair.First.Http };
        using var client = ClusterSite.Client(key, pair.Second);
        using var other = ClusterSite.Client(goOn, pair.Second);
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var (begun, otherBegun) = (new TaskCompletionSource(), new TaskCompletionSource());
        var calls = AnswerRecord.ReadAsync(client, Ask(Tokens), 2, _ => Done(begun), patience.Token);
        var untouched = AnswerRecord.ReadAsync(other, Ask(120), 2, _ => Done(otherBegun), patience.Token);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
        {
            Headers = { Authorization = new AuthenticationHeaderValue("Bearer", key) },
            Content = new StringContent(
                $$"""{"model":"{{ClusterSite.Model}}","stream":true,"max_tokens":{{Tokens}},"messages":[{"role":"user","content":"x"}]}""", Encoding.UTF8, "application/json"),
        };
        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(patience.Token));
        Assert.StartsWith("data: {", await lines.ReadLineAsync(patience.Token), StringComparison.Ordinal);
        await Task.WhenAll(begun.Task, otherBegun.Task).WaitAsync(patience.Token);

        await using var application = NpgsqlDataSource.Create(cluster.Site.Connection("application"));
        var store = new KeyStore(application);
        Assert.True(await store.RevokeAsync("k-" + key.Split('_')[1], TimeProvider.System.GetUtcNow(), patience.Token));
        var since = TimeProvider.System.GetTimestamp();
        var refused = await Assert.ThrowsAsync<BailiwickException>(() => calls);
        var ended = TimeProvider.System.GetElapsedTime(since);
        var last = await LastAsync(lines, patience.Token);
        var both = TimeProvider.System.GetElapsedTime(since);

        output.WriteLine($"ended {ended.TotalMilliseconds:F0} ms (gRPC) and {both.TotalMilliseconds:F0} ms (HTTP, read after it) after the key was revoked");
        Assert.Equal("unauthenticated", refused.Code);
        Assert.Contains("\"code\":\"unauthenticated\"", last, StringComparison.Ordinal);
        // One second is the promise; a loaded machine may hold this process up.
        Assert.InRange(both, TimeSpan.Zero, TimeSpan.FromSeconds(4));
        Assert.Equal(120, (await untouched).Tokens.Count);
        var (report, leaves) = await cluster.PackAsync("revocation", pair.Second, goOn);
        Assert.True(report.FindingCount == 0 && report.OpenIntents == 0, string.Join('\n', report.Findings));
        Assert.Equal(2, leaves.OfType<OutcomeLeaf>().Count(leaf => leaf.Finish is Finish.PolicyChanged));
    });

    private static Task Done(TaskCompletionSource signal)
    {
        signal.SetResult();
        return Task.CompletedTask;
    }

    /// <summary>The last event before the connection broke.</summary>
    private static async Task<string> LastAsync(StreamReader lines, CancellationToken cancellationToken)
    {
        var last = "";
        try
        {
            while (await lines.ReadLineAsync(cancellationToken) is { } line)
            {
                last = line.StartsWith("data:", StringComparison.Ordinal) ? line : last;
            }
        }
        catch (Exception problem) when (problem is IOException or HttpRequestException)
        {
            // Broken below HTTP, so that no client takes it for a whole answer.
        }

        return last;
    }

    private static ChatRequest Ask(int tokens) => new()
    {
        Model = ClusterSite.Model,
        Messages = { new Message { Role = "user", Content = "x" } },
        Settings = new Settings { Seed = 1, MaxTokens = tokens },
    };
}
