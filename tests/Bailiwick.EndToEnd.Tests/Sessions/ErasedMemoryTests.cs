using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;
using Bailiwick.Client;
using Bailiwick.EndToEnd.Tests.Failover;
using Bailiwick.EndToEnd.Tests.Silo;
using Bailiwick.Protocol.Inference.V1;
using Xunit.Abstractions;

namespace Bailiwick.EndToEnd.Tests.Sessions;

/// <summary>
/// What is left of an erased conversation in the memory of the processes that saw it. Nobody holds a word of it: other traffic, which has
/// the collector and the pools reuse what was given back, leaves none.
/// </summary>
[Collection(FailoverCollection.Name)]
[Trait("Category", "Sessions")]
public sealed partial class ErasedMemoryTests(ClusterSite cluster, ITestOutputHelper output) : IClassFixture<ClusterSite>
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromMinutes(1) };

    /// <summary>A small heap, so that what was given back is soon used again. Nothing of the silo's own changes by it.</summary>
    private static readonly Dictionary<string, string> SmallHeap = new()
    {
        ["DOTNET_gcServer"] = "0", ["DOTNET_GCgen0size"] = "400000", ["DOTNET_GCConserveMemory"] = "9", ["DOTNET_GCHeapHardLimit"] = "10000000",
    };

    [Fact]
    public Task Words_OfAnErasedConversation_AreHeldByNobody() => cluster.TellAsync(output, async () =>
    {
        var profile = await cluster.ProfileAsync("""{"steps_per_second":400,"prefill_tokens_per_second":0}""");
        var pair = await TwoSilos.ReadyAsync(cluster, "memory", 256, profile, SmallHeap);
        var (first, second) = ("zqa" + Guid.NewGuid().ToString("N"), "zqb" + Guid.NewGuid().ToString("N"));
        using var client = ClusterSite.Client(pair.Key, pair.First);
        var conversation = (await client.Conversations.CreateAsync(new() { Metadata = { ["title"] = first } })).Id;
        await client.ChatAsync(Ask(conversation, $"By gRPC: {first}")).ToListAsync();
        await PostAsync(pair.Second, pair.Key, "/v1/chat/completions", $$"""{"model":"{{ClusterSite.Model}}","max_tokens":8,"bailiwick":{"conversation":"{{conversation}}"},"messages":[{"role":"user","content":"By HTTP: {{second}}"}]}""");
        await PostAsync(pair.First, pair.Key, "/v1/responses", $$"""{"model":"{{ClusterSite.Model}}","max_output_tokens":8,"conversation":"{{conversation}}","input":"As a response: {{second}}"}""");
        Assert.Equal(3, (await client.Conversations.ListTurnsAsync(conversation)).Count);
        var before = await LookAsync(pair, first, second);
        output.WriteLine($"kept: {before}");
        Assert.True(before.Total > 0, "nothing was found while it was kept: the search sees nothing");

        Assert.Equal(3, await client.Conversations.DeleteAsync(conversation));

        output.WriteLine($"just erased: {await LookAsync(pair, first, second)}");
        var rounds = 0;
        await Condition.HoldsAsync("nobody holds a word of it", TimeSpan.FromMinutes(3), async token =>
        {
            await TrafficAsync(pair, token);
            var left = await LookAsync(pair, first, second);
            output.WriteLine($"after {++rounds} rounds of other traffic, {await CollectionsAsync(pair)} collections of gen2: {left}");
            return (left.Total == 0, left.ToString());
        });
    });

    /// <summary>Turns of every door with other words, short and long.</summary>
    private static async Task TrafficAsync(TwoSilos pair, CancellationToken cancellationToken)
    {
        foreach (var node in new[] { pair.First, pair.Second })
        {
            using var client = ClusterSite.Client(pair.Key, node);
            var conversation = (await client.Conversations.CreateAsync(cancellationToken: cancellationToken)).Id;
            foreach (var length in new[] { 40, 200, 1000, 4000, 200_000, 1_000_000 })
            {
                var words = new string((char)('a' + length % 23), length);
                try
                {
                    await client.ChatAsync(Ask(length > 4000 ? "" : conversation, words), cancellationToken).ToListAsync(cancellationToken);
                }
                catch (BailiwickException problem) when (length > 4000 && problem.Code is "invalid" or "too_large" or "queue")
                {
                    // Longer than the model's context: read, decided about, and refused.
                }

                await PostAsync(node, pair.Key, "/v1/chat/completions", $$"""{"model":"{{ClusterSite.Model}}","max_tokens":8,"messages":[{"role":"user","content":"{{words}}"}]}""", mayFail: length > 4000);
                await PostAsync(node, pair.Key, "/v1/responses", $$"""{"model":"{{ClusterSite.Model}}","max_output_tokens":8,"store":{{(length > 4000 ? "false" : "true")}},"input":"{{words}}"}""", mayFail: length > 4000);
            }

            await client.Conversations.ListTurnsAsync(conversation, cancellationToken: cancellationToken);
            await client.Conversations.DeleteAsync(conversation, cancellationToken);
        }
    }

    private static async Task<Finding> LookAsync(TwoSilos pair, params string[] words)
    {
        var places = new List<(string Process, MemoryPlace Place)>();
        foreach (var node in new[] { pair.First, pair.Second })
        {
            foreach (var (name, process) in new[] { ("silo", node.Silo.Id), ("decoder", await node.DecoderAsync()) })
            {
                places.AddRange(words.SelectMany(word => ProcessMemory.Find(process, word)).Select(place => ($"{name} {node.Name}", place)));
            }
        }

        return new Finding(places);
    }

    private static async Task<string> CollectionsAsync(TwoSilos pair)
    {
        var counts = new List<string>();
        foreach (var node in new[] { pair.First, pair.Second })
        {
            using var message = new HttpRequestMessage(HttpMethod.Get, new Uri(node.Silo.Operations, "/metrics")) { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", pair.Key) } };
            using var answer = await Http.SendAsync(message);
            counts.Add(Gen2().Match(await answer.Content.ReadAsStringAsync()).Groups[1].Value);
        }

        return string.Join(" and ", counts);
    }

    private static ChatRequest Ask(string conversation, string words) => new()
    {
        Model = ClusterSite.Model,
        Conversation = conversation,
        Messages = { new Message { Role = "user", Content = words } },
        Settings = new Settings { Seed = 1, MaxTokens = 8 },
    };

    private static async Task PostAsync(ClusterNode node, string key, string path, string body, bool mayFail = false)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, new Uri(node.Http, path))
        {
            Headers = { Authorization = new AuthenticationHeaderValue("Bearer", key) }, Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        using var answer = await Http.SendAsync(message);
        Assert.True(answer.IsSuccessStatusCode || mayFail, await answer.Content.ReadAsStringAsync());
    }

    [GeneratedRegex("""dotnet_gc_collections_total\{[^}]*gen2[^}]*\} ([0-9]+)""")]
    private static partial Regex Gen2();

    private sealed record Finding(IReadOnlyList<(string Process, MemoryPlace Place)> Places)
    {
        public int Total => Places.Count;

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Total} places ({Counts()}){Detail()}");

        private string Counts() => string.Join(", ", Places.GroupBy(place => $"{place.Process} {place.Place.Spelling}").Select(group => $"{group.Key}: {group.Count()}"));

        private string Detail() => Total is 0 or > 40 ? "" : string.Concat(Places.Select(place => $"\n  {place.Process} {place.Place.Spelling} {place.Place.Around}"));
    }
}
