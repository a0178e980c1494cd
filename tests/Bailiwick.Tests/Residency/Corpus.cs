using System.Text.Json;
using System.Text.Json.Nodes;
using Bailiwick.Residency;
using Bailiwick.Residency.Decisions;
using Bailiwick.Residency.Loading;
using Bailiwick.Residency.Policies;

namespace Bailiwick.Tests.Residency;

/// <summary>Reads the corpus in tests/fixtures/residency; what its fields mean is in model.md beside it.</summary>
internal static class Corpus
{
    private static readonly Dictionary<string, CompiledPolicy> Policies = [];

    public static byte[] File(string path) => System.IO.File.ReadAllBytes(Repository.Fixture(["residency", .. path.Split('/')]));

    public static JsonObject Json(string path) => JsonNode.Parse(File(path))!.AsObject();

    public static IEnumerable<JsonObject> Rows(string path, string list) =>
        Json(path)[list]!.AsArray().Select(row => row!.AsObject());

    /// <summary>Every policy of the corpus that loads.</summary>
    public static IReadOnlyList<string> WellFormed { get; } =
        [.. new[] { "policies", "edits" }
            .SelectMany(folder => Directory.GetFiles(Repository.Fixture("residency", folder), "*.yaml")
                .Select(file => $"{folder}/{Path.GetFileName(file)}"))
            .Where(path => !path.Contains("malformed", StringComparison.Ordinal))
            .Append("sample.yaml")
            .Order(StringComparer.Ordinal)];

    public static CompiledPolicy Policy(string path)
    {
        lock (Policies)
        {
            if (!Policies.TryGetValue(path, out var policy))
            {
                var load = PolicyLoader.Load(File(path));
                policy = load.Policy ?? throw new InvalidDataException($"{path}: {load.Faults[0].Message}");
                Policies.Add(path, policy);
            }

            return policy;
        }
    }

    public static PolicySnapshot Snapshot(string path, JsonObject row) =>
        Policy(path).InForce(Time(row["at"]), Activations(row));

    /// <summary>A snapshot at the time that most of the corpus uses.</summary>
    public static PolicySnapshot Snapshot(string path) => Policy(path).InForce(Noon, []);

    public static DateTimeOffset Noon { get; } = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    public static DateTimeOffset Time(JsonNode? node) =>
        UtcTime.TryParse((string)node!, out var time) ? time : throw new InvalidDataException("no time");

    public static IReadOnlyList<Activation> Activations(JsonObject row) =>
        [.. row["activations"]!.AsArray().Select(a => new Activation(
            (string)a!["document"]!, Time(a["from"]), Time(a["until"]), (string)a["reason"]!,
            [.. a["approvers"]!.AsArray().Select(p => (string)p!)]))];

    /// <summary>Text, or null for what is missing or of another type.</summary>
    public static string? Text(JsonNode? node, string field) => Text((node as JsonObject)?[field]);

    public static string? Text(JsonNode? node) => node?.GetValueKind() is JsonValueKind.String ? (string?)node : null;

    public static Label? Label(JsonNode? node) => node is JsonObject
        ? new Label(Text(node, "jurisdiction"), Text(node, "class"), Text(node, "purpose"), Text(node, "tenant"))
        : null;

    public static RequestedLabel? Request(JsonNode? node) => node is JsonObject fields
        ? new RequestedLabel(fields.ToDictionary(f => f.Key, f => Text(f.Value), StringComparer.Ordinal))
        : null;

    public static Destination Destination(JsonNode? node) =>
        new(Text(node, "kind"), Text(node, "zone"), Text(node, "proven_by"));

    public static Place? Place(JsonNode? node) => node is JsonObject
        ? new Place(Text(node, "zone"), Text(node, "proven_by"))
        : null;

    public static JsonObject Written(Label label) => new()
    {
        ["jurisdiction"] = label.Jurisdiction,
        ["class"] = label.Class,
        ["purpose"] = label.Purpose,
        ["tenant"] = label.Tenant,
    };

    public static JsonObject Written(Destination destination) => new()
    {
        ["kind"] = destination.Kind,
        ["zone"] = destination.Zone,
        ["proven_by"] = destination.ProvenBy,
    };

    public static JsonObject Written(Decision decision)
    {
        var written = new JsonObject
        {
            ["effect"] = decision.Effect is Effect.Allow ? "allow" : "deny",
            ["rules"] = Written(decision.Rules),
            ["overridden"] = Written(decision.Overridden),
            ["obligations"] = Written(decision.Obligations.Select(o => o.Text())),
        };
        if (decision.DeniedFor is { } denied)
        {
            written["denied_for"] = Written(denied.Select(d => d is DeniedFor.Raised ? "raised" : "credential"));
        }

        return written;
    }

    public static JsonArray Written(IEnumerable<string> texts) => [.. texts.Select(t => (JsonNode)t)];

    /// <summary>The named fields of a row, those that are there.</summary>
    public static JsonObject Only(JsonObject row, params string[] fields)
    {
        var kept = new JsonObject();
        foreach (var field in fields.Where(row.ContainsKey))
        {
            kept[field] = row[field]?.DeepClone();
        }

        return kept;
    }

    /// <summary>Fails with all differences at once, each with its row.</summary>
    public static void AssertRows(IEnumerable<JsonObject> rows, string id, Func<JsonObject, (JsonNode? Expected, JsonNode? Actual)> compare, int atLeast)
    {
        var count = 0;
        var differences = new List<string>();
        foreach (var row in rows)
        {
            count++;
            var (expected, actual) = compare(row);
            if (!JsonNode.DeepEquals(expected, actual))
            {
                differences.Add($"{row[id]}: expected {expected?.ToJsonString() ?? "null"}\n    got {actual?.ToJsonString() ?? "null"}");
            }
        }

        Assert.True(differences.Count == 0, $"{differences.Count} of {count} rows differ:\n" + string.Join('\n', differences.Take(20)));
        Assert.True(count >= atLeast, $"the corpus has {count} rows, {atLeast} are known");
    }
}
