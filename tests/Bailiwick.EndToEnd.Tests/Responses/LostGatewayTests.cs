using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Bailiwick.EndToEnd.Tests.Failover;
using Bailiwick.EndToEnd.Tests.Sessions;
using Bailiwick.EndToEnd.Tests.Silo;
using Xunit.Abstractions;

namespace Bailiwick.EndToEnd.Tests.Responses;

/// <summary>
/// The gateway that streams a kept response is killed after a random event: its client reads on at the other one from the number that it
/// has, and all events together are those of the undisturbed run. BAILIWICK_FULL=1 takes 20 moments instead of 3.
/// </summary>
[Collection(FailoverCollection.Name)]
[Trait("Category", "Responses")]
public sealed class LostGatewayTests(ClusterSite cluster, ITestOutputHelper output) : IClassFixture<ClusterSite>
{
    private const int Seed = 20261129;
    private const int KvBlocks = 256;

    private static readonly int Moments = Environment.GetEnvironmentVariable("BAILIWICK_FULL") == "1" ? 20 : 3;
    private static readonly TimeSpan OneAnswer = TimeSpan.FromMinutes(2);

    [Fact]
    public Task Stream_ItsGatewayIsKilled_IsReadOnAtTheOtherOneFromTheNextEvent() => cluster.TellAsync(output, async () =>
    {
        var pair = await TwoSilos.ReadyAsync(cluster, "responses-kill", KvBlocks);
        using var patience = new CancellationTokenSource(Moments * OneAnswer);
        var undisturbed = await ReadAsync(pair.First.Http, pair.Key, Ask(), -1, null, patience.Token);
        // How long the model speaks differs from one class of processors to another.
        Assert.True(undisturbed[^1].Type is "response.incomplete" or "response.completed", undisturbed[^1].Type);
        var chance = new Random(Seed);
        var late = 0;
        for (var moment = 0; moment < Moments; moment++)
        {
            var (gateway, other) = chance.Next(2) == 0 ? (pair.First, pair.Second) : (pair.Second, pair.First);
            var at = chance.Next(1, undisturbed.Count * 6 / 10);
            var seen = await ReadAsync(gateway.Http, pair.Key, Ask(), at, () => Task.FromResult(Signals.Send(gateway.Silo.Id, Signals.Kill)), patience.Token);
            await gateway.Silo.EndedAsync();
            if (seen.Count == undisturbed.Count)
            {
                // On a busy machine this process may get its events in one go, when all of them have left the gateway: nothing was lost.
                Assert.True(++late <= Moments, $"{late} answers had left their gateway before the signal");
                moment--;
                await pair.RestoreAsync();
                continue;
            }

            Assert.InRange(seen.Count, at, undisturbed.Count - 1);

            var id = seen[0].Response;
            var began = TimeProvider.System.GetTimestamp();
            var path = $"/v1/responses/{id}?stream=true&starting_after={seen[^1].Number}";
            await AnswersAsync(other.Http, pair.Key, $"/v1/responses/{id}");
            var rest = await ReadAsync(other.Http, pair.Key, Get(path), -1, null, patience.Token);
            output.WriteLine(
                $"killed after event {seen[^1].Number} of {undisturbed.Count}: {rest.Count} more after {TimeProvider.System.GetElapsedTime(began).TotalSeconds:F1} s");

            List<ResponseEvent> all = [.. seen, .. rest];
            Assert.Equal(undisturbed.Select(one => one.Plain(undisturbed[0].Response)), all.Select(one => one.Plain(id)));

            // And once more, now that it is kept; by whom it was asked for as well.
            var again = await ReadAsync(other.Http, pair.Key, Get($"/v1/responses/{id}?stream=true"), -1, null, patience.Token);
            Assert.Equal(all.Select(one => one.Json), again.Select(one => one.Json));
            await pair.RestoreAsync();
        }
    });

    [Theory]
    [InlineData(0)]
    [InlineData(Signals.Kill)]
    [InlineData(Signals.Terminate)]
    public Task Stream_OfAResponseThatRunsElsewhere_IsReadAsItGoesOn_AlsoWhereThatGatewayIsKilledOrStops(int signal) => cluster.TellAsync(output, async () =>
    {
        var pair = await TwoSilos.ReadyAsync(cluster, "responses-kill", KvBlocks);
        using var patience = new CancellationTokenSource(OneAnswer);
        var undisturbed = await ReadAsync(pair.First.Http, pair.Key, Ask(tokens: 300), -1, null, patience.Token);
        var begun = await JsonAsync(pair.First.Http, pair.Key, Ask(tokens: 300, isBackground: true), patience.Token);
        var id = begun["id"]!.GetValue<string>();
        var began = TimeProvider.System.GetTimestamp();

        var followed = await ReadAsync(pair.Second.Http, pair.Key, Get($"/v1/responses/{id}?stream=true"), 20, async () =>
        {
            output.WriteLine($"20 events at the other gateway after {TimeProvider.System.GetElapsedTime(began).TotalMilliseconds:F0} ms");
            return signal != 0
                ? Signals.Send(pair.First.Silo.Id, signal)
                : (await JsonAsync(pair.First.Http, pair.Key, Get($"/v1/responses/{id}"), patience.Token))["status"]!.GetValue<string>() == "in_progress";
        }, patience.Token);

        output.WriteLine($"{followed.Count} events after {TimeProvider.System.GetElapsedTime(began).TotalSeconds:F1} s");
        Assert.InRange(followed.Count, 21, int.MaxValue);
        Assert.Equal(undisturbed.Select(one => one.Plain(undisturbed[0].Response)), followed.Select(one => one.Plain(id).Replace("\"background\":true", "\"background\":false", StringComparison.Ordinal)));
        var rest = await ReadAsync(pair.Second.Http, pair.Key, Get($"/v1/responses/{id}?stream=true&starting_after=19"), -1, null, patience.Token);
        Assert.Equal(followed.Skip(20).Select(one => one.Json), rest.Select(one => one.Json));
        if (signal != 0)
        {
            await pair.First.Silo.EndedAsync();
        }

        await pair.RestoreAsync();
    });

    /// <summary>A silo whose neighbour has died may say "again later" (policy, replica, store) for some seconds, as every client knows it.</summary>
    private static Task AnswersAsync(Uri gateway, string key, string path) =>
        Condition.HoldsAsync("the other gateway answers", OneAnswer, async token =>
        {
            using var client = new HttpClient { BaseAddress = gateway };
            client.DefaultRequestHeaders.Authorization = new("Bearer", key);
            using var response = await client.GetAsync(new Uri(path, UriKind.Relative), token);
            var body = await response.Content.ReadAsStringAsync(token);
            Assert.True(response.IsSuccessStatusCode || response.StatusCode == System.Net.HttpStatusCode.ServiceUnavailable, body);
            return (response.IsSuccessStatusCode, body);
        });

    private static HttpRequestMessage Get(string path) => new(HttpMethod.Get, path);

    private static HttpRequestMessage Ask(int tokens = 120, bool isBackground = false) => new(HttpMethod.Post, "/v1/responses")
    {
        Content = new StringContent(
            JsonSerializer.Serialize(new
            {
                model = ClusterSite.Model,
                input = "Tell the story of a lighthouse keeper, in many sentences.",
                temperature = 0.8,
                seed = 11,
                max_output_tokens = tokens,
                store = true,
                background = isBackground,
                stream = !isBackground,
            }),
            Encoding.UTF8, "application/json"),
    };

    /// <summary>Reads events until there are no more, and does something when so many have come, after which the stream may break.</summary>
    private static async Task<List<ResponseEvent>> ReadAsync(
        Uri gateway, string key, HttpRequestMessage request, int at, Func<Task<bool>>? then, CancellationToken cancellationToken)
    {
        using var client = new HttpClient { BaseAddress = gateway, Timeout = OneAnswer };
        client.DefaultRequestHeaders.Authorization = new("Bearer", key);
        using var asked = request;
        using var response = await client.SendAsync(asked, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        Assert.True(response.IsSuccessStatusCode, $"{response.StatusCode} {(response.IsSuccessStatusCode ? "" : await response.Content.ReadAsStringAsync(cancellationToken))}");
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken));
        var events = new List<ResponseEvent>();
        try
        {
            while (await reader.ReadLineAsync(cancellationToken) is { } line)
            {
                if (line.StartsWith("data: ", StringComparison.Ordinal))
                {
                    events.Add(new ResponseEvent(line["data: ".Length..]));
                    Assert.True(events.Count != at || await then!(), "the gateway that runs it was not found running");
                }
            }
        }
        catch (IOException) when (events.Count >= at && at > 0)
        {
            // The gateway is gone.
        }

        return events;
    }

    private static async Task<JsonNode> JsonAsync(Uri gateway, string key, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var client = new HttpClient { BaseAddress = gateway, Timeout = OneAnswer };
        client.DefaultRequestHeaders.Authorization = new("Bearer", key);
        using var asked = request;
        using var response = await client.SendAsync(asked, cancellationToken);
        var body = await response.Content.ReadAsStringAsync(cancellationToken);
        Assert.True(response.IsSuccessStatusCode, body);
        return JsonNode.Parse(body)!;
    }

    private sealed record ResponseEvent(string Json)
    {
        private JsonNode Node => JsonNode.Parse(Json)!;

        public string Type => Node["type"]!.GetValue<string>();

        public int Number => Node["sequence_number"]!.GetValue<int>();

        public string Response => Node["response"]!["id"]!.GetValue<string>();

        /// <summary>Without what another response has otherwise: its id, which all ids of it follow, and when it began.</summary>
        public string Plain(string response)
        {
            var node = Node;
            if (node["response"] is JsonObject whole)
            {
                whole.Remove("created_at");
            }

            return node.ToJsonString().Replace(response["resp_".Length..], "ID", StringComparison.Ordinal);
        }
    }
}
