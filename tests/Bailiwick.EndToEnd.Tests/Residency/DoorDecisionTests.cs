using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Bailiwick.Client;
using Bailiwick.EndToEnd.Tests.Failover;
using Bailiwick.EndToEnd.Tests.Silo;
using Bailiwick.Evidence;
using Bailiwick.Protocol;
using Bailiwick.Protocol.Inference.V1;
using Xunit.Abstractions;
using Label = Bailiwick.Residency.Label;

namespace Bailiwick.EndToEnd.Tests.Residency;

/// <summary>
/// Denials over both doors of a real cluster: one story in the HTTP error, in gRPC's details, in the log and in `policy why`.
/// </summary>
[Trait("Category", "Residency")]
public sealed class DoorDecisionTests(ClusterSite cluster, ITestOutputHelper output) : IClassFixture<ClusterSite>
{
    private const string Boundary = "residency";
    private const string Neighbour = "south.example:8080";

    private static readonly string Policy = Path.Combine(Checkout.Root, "tests/Bailiwick.EndToEnd.Tests/Residency/policy.yaml");
    private static readonly Label Internal = new("north", "internal", "casework", "office");

    private readonly List<string> _told = [];

    [Fact]
    public Task Request_ThatPolicyDenies_IsRefusedAlikeEverywhereAndRecorded() => cluster.TellAsync(output, DenyAsync);

    private async Task DenyAsync()
    {
        var profile = await cluster.ProfileAsync("""{"steps_per_second": 0, "prefill_tokens_per_second": 0}""");
        var desks = await GatewayAsync("desks", "north-desks");
        await cluster.StartAsync(Setup("w1", "north-desks") with
        {
            Roles = ["worker"],
            Models = [ClusterSite.ModelFolder],
            Simulate = profile,
        });
        var key = await cluster.KeyAsync("internal", Internal);
        var southern = await cluster.KeyAsync("southern", Internal with { Jurisdiction = "south" });
        using (var client = ClusterSite.Client(key, desks))
        {
            await cluster.IdleAsync(client, 1);
            // What the same key may do, so that the denials below have one cause each.
            var allowed = await AnswerRecord.ReadAsync(client, Ask(null), 0, null, CancellationToken.None);
            Assert.Equal(4, allowed.Tokens.Count);
        }

        // Its doors open when it knows the replica; what no caller there may use, none is shown.
        var yard = await GatewayAsync("yard", "north-yard");
        using (var other = ClusterSite.Client(key, yard))
        {
            Assert.Empty(await other.ListModelsAsync());
            Assert.Equal("model_not_found", (await Assert.ThrowsAsync<BailiwickException>(() => other.GetModelAsync(ClusterSite.Model))).Code);
        }

        // A class above what policy allows here, a caller in a zone that is shut out, a label of another boundary.
        await DeniedAsync(desks, key, "secret", Internal with { Class = "secret" }, "north-desks", Errors.ResidencyDenied, expected: null);
        await DeniedAsync(yard, key, null, Internal, "north-yard", Errors.ResidencyDenied, "N-3");
        await DeniedAsync(
            desks, southern, null, Internal with { Jurisdiction = "south" }, "north-desks", Errors.OtherBoundary, "!other-boundary");

        var (report, leaves) = await cluster.PackAsync("residency", desks, key);
        Assert.True(report.FindingCount == 0 && report.OpenIntents == 0, string.Join('\n', report.Findings));
        // The turn that was allowed is the only one that began.
        Assert.Single(leaves.OfType<IntentLeaf>());
        Assert.Equal(_told.Order(StringComparer.Ordinal), leaves.OfType<DenyLeaf>().Select(Story).Order(StringComparer.Ordinal));
    }

    private static string Story(DenyLeaf leaf) => Story(
        new Label(leaf.Label!.Jurisdiction, leaf.Label.Class, leaf.Label.Purpose, leaf.Label.Tenant), leaf.Caller.Zone!,
        leaf.Decision.RefusedAt!, leaf.Decision.Rules);

    private static string Story(Label label, string zone, string at, IEnumerable<string> rules) =>
        $"{label.Jurisdiction},{label.Class},{label.Purpose},{label.Tenant} from {zone}: refused at {at} by {string.Join(' ', rules)}";

    /// <summary>Asks at both doors; each refusal is one record.</summary>
    private async Task DeniedAsync(
        ClusterNode gateway, string key, string? raise, Label label, string callerZone, ErrorRow row, string? expected)
    {
        using var client = ClusterSite.Client(key, gateway);
        await Condition.HoldsAsync("the key to be known", ClusterSite.Patience, async token =>
        {
            try
            {
                await client.ListModelsAsync(token);
                return (true, "");
            }
            catch (BailiwickException problem)
            {
                return (false, problem.Message);
            }
        });
        var refusal = await Assert.ThrowsAsync<BailiwickException>(
            () => AnswerRecord.ReadAsync(client, Ask(raise), 0, null, CancellationToken.None));
        Assert.Equal((row.Code, row.Http, row.Grpc), (refusal.Code, refusal.Http, (int)refusal.Status));

        var (status, error) = await HttpAsync(gateway, key, raise);
        Assert.Equal(row.Http, status);
        Assert.Equal(row.Code, error.GetProperty("code").GetString());
        var rules = Texts(error, "rules");
        Assert.Equal(refusal.Rules, rules);
        Assert.Equal(refusal.Why, Texts(error, "why"));
        Assert.NotEmpty(rules);
        var at = error.GetProperty("refused_at").GetString()!;
        _told.AddRange(Enumerable.Repeat(Story(label, callerZone, at, rules), 2));
        output.WriteLine($"{status} {row.Code} at {at} by {string.Join(' ', rules)}: {error.GetProperty("message").GetString()}");
        if (expected is not null)
        {
            Assert.Equal([expected], rules);
        }

        if (row == Errors.OtherBoundary)
        {
            // No rule spoke: another cluster is named, at both doors.
            Assert.Contains(Neighbour, error.GetProperty("message").GetString(), StringComparison.Ordinal);
            Assert.Contains(Neighbour, refusal.Message, StringComparison.Ordinal);
            return;
        }

        Assert.Equal(rules.Count, refusal.Why.Count);
        var destination = at == "caller" ? $"caller,{callerZone},contract" : "silo,north-hall,certificate";
        string[] tuple = ["policy", "why", Policy, "--credential", Text(Internal), "--label", Text(label), "--to", destination];
        var why = await Executable.RunAsync("dotnet", [Executable.Cli, .. tuple, "--output", "json"]);
        // 3: denied.
        Assert.True(why.ExitCode == 3, why.Output + why.Error);
        using var told = JsonDocument.Parse(why.Output);
        Assert.Equal(rules, Texts(told.RootElement.GetProperty("decision"), "rules"));
        // Word for word what the refusal said; the rules' own words are between quotation marks there.
        var text = (await Executable.RunAsync("dotnet", [Executable.Cli, .. tuple])).Output;
        foreach (var sentence in refusal.Why)
        {
            var words = sentence[(sentence.LastIndexOf(": ", StringComparison.Ordinal) + 2)..];
            Assert.Contains(Plain(words), Plain(text), StringComparison.Ordinal);
        }
    }

    private static string Plain(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private static async Task<(int Status, JsonElement Error)> HttpAsync(ClusterNode gateway, string key, string? raise)
    {
        using var http = new HttpClient { BaseAddress = gateway.Http };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using var body = new StringContent(
            JsonSerializer.Serialize(new
            {
                model = ClusterSite.Model,
                max_tokens = 4,
                messages = new[] { new { role = "user", content = "x" } },
                bailiwick = new { label = raise is null ? new Dictionary<string, string>() : new() { ["class"] = raise } },
            }),
            Encoding.UTF8, "application/json");
        using var answer = await http.PostAsync("/v1/chat/completions", body);
        using var document = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return ((int)answer.StatusCode, document.RootElement.GetProperty("error").Clone());
    }

    private Task<ClusterNode> GatewayAsync(string name, string callerZone) => cluster.StartAsync(Setup(name, callerZone) with
    {
        Roles = ["gateway"],
        Grpc = SiteFixture.FreePort(),
        Http = SiteFixture.FreePort(),
        Neighbours = new() { ["south"] = Neighbour },
    });

    private static SiloSetup Setup(string name, string callerZone) => new(Boundary, name)
    {
        Jurisdiction = "north",
        Zone = "north-hall",
        CallerZone = callerZone,
        Policy = Policy,
    };

    private static ChatRequest Ask(string? raise) => new()
    {
        Model = ClusterSite.Model,
        Messages = { new Message { Role = "user", Content = "x" } },
        Settings = new Settings { MaxTokens = 4 },
        Label = raise is null ? null : new Protocol.Inference.V1.Label { Class = raise },
    };

    private static string Text(Label label) => $"{label.Jurisdiction},{label.Class},{label.Purpose},{label.Tenant}";

    private static List<string> Texts(JsonElement element, string name) =>
        element.TryGetProperty(name, out var list) ? [.. list.EnumerateArray().Select(entry => entry.GetString()!)] : [];
}
