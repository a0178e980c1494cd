using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Bailiwick.Residency;
using Bailiwick.Residency.Analysis;
using Bailiwick.Residency.Decisions;
using Bailiwick.Residency.Loading;

namespace Bailiwick.Cli.Verbs;

/// <summary>The JSON forms of policies' answers; names as in the corpus (fixtures/residency).</summary>
internal static class PolicyJson
{
    /// <summary>Not for HTML: `+` and non-ASCII text stay readable.</summary>
    public static JsonSerializerOptions Indented { get; } =
        new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static JsonSerializerOptions OneLine { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static JsonObject Refusal(RefusedFileException refused) => new()
    {
        ["file"] = refused.File,
        ["faults"] = new JsonArray([.. refused.Faults.Select(f => new JsonObject
        {
            ["code"] = f.Code,
            ["path"] = f.Path,
            ["line"] = f.Line,
            ["message"] = f.Message,
        })]),
    };

    public static JsonObject Of(PolicySnapshot snapshot) => new()
    {
        ["policy"] = snapshot.Policy.Name,
        ["title"] = snapshot.Policy.Title,
        ["epoch"] = snapshot.Policy.Epoch,
        ["sha256"] = snapshot.Policy.Digest,
        ["at"] = UtcTime.Format(snapshot.At),
        ["changes_at"] = snapshot.ChangesAt is { } changes ? UtcTime.Format(changes) : null,
    };

    public static JsonObject? Of(Label? label) => label is null
        ? null
        : new JsonObject
        {
            ["jurisdiction"] = label.Jurisdiction,
            ["class"] = label.Class,
            ["purpose"] = label.Purpose,
            ["tenant"] = label.Tenant,
        };

    public static JsonObject Of(Destination destination) => new()
    {
        ["kind"] = destination.Kind,
        ["zone"] = destination.Zone,
        ["proven_by"] = destination.ProvenBy,
    };

    public static JsonObject Of(Decision decision)
    {
        var json = new JsonObject
        {
            ["effect"] = Word(decision.Effect),
            ["rules"] = Texts(decision.Rules),
            ["overridden"] = Texts(decision.Overridden),
            ["obligations"] = Texts(decision.Obligations.Select(o => o.Text())),
        };
        if (decision.DeniedFor is { } denied)
        {
            json["denied_for"] = Texts(denied.Select(d => d is DeniedFor.Raised ? "raised" : "credential"));
        }

        return json;
    }

    public static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(t => JsonValue.Create(t))]);

    public static string Word(Effect effect) => effect is Effect.Allow ? "allow" : "deny";

    /// <summary>null, `never-matches`, `overridden`, `redundant`, `guard-only`.</summary>
    public static string? Word(Finding finding) => finding switch
    {
        Finding.NeverMatches => "never-matches",
        Finding.Overridden => "overridden",
        Finding.Redundant => "redundant",
        Finding.GuardOnly => "guard-only",
        _ => null,
    };
}
