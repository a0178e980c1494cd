using Bailiwick.Residency;
using Bailiwick.Residency.Analysis;
using Bailiwick.Residency.Decisions;
using Bailiwick.Residency.Loading;
using Bailiwick.Residency.Policies;

namespace Bailiwick.Cli.Verbs;

/// <summary>Sentences that several policy verbs share: what a label is, who stands behind a rule, what a group of combinations is.</summary>
internal static class PolicyWords
{
    public static string Policy(PolicySnapshot snapshot) =>
        $"{snapshot.Policy.Name}, epoch {snapshot.Policy.Epoch}, as in force at {UtcTime.Format(snapshot.At)}";

    public static string Label(Vocabulary words, Label? label) => label is null
        ? "none"
        : $"{Jurisdiction(words, label.Jurisdiction)}; class {label.Class ?? "missing"}; purpose {label.Purpose ?? "missing"}; tenant {label.Tenant ?? "missing"}";

    public static string Destination(Vocabulary words, Destination destination)
    {
        var zone = words.Zones.IndexOf(destination.Zone);
        var place = zone < 0 ? "" : $" in {Jurisdiction(words, words.Jurisdictions.Ids[words.JurisdictionOfZone(zone)])}";
        return $"{destination.Kind ?? "kind missing"}; zone {destination.Zone ?? "missing"}{place}; proven by {destination.ProvenBy ?? "nothing"}";
    }

    public static string Names(IReadOnlyList<string> rules) => string.Join(", ", rules);

    /// <summary>For each rule a paragraph: whose it is, and on what ground.</summary>
    public static void Grounds(PolicyText text, CompiledPolicy policy, IEnumerable<string> rules, string indent)
    {
        foreach (var id in rules)
        {
            if (policy.Find(id) is var (document, rule))
            {
                var verb = rule.Effect is Effect.Allow ? "allows" : "denies";
                text.Paragraph($"{indent}{id,-10} ", $"{document.Authority} (document {document.Id}) {verb}: “{rule.Because}”");
            }
            else
            {
                text.Paragraph($"{indent}{id,-10} ", BuiltIn(id));
            }
        }
    }

    public static void Boxes(PolicyText text, Domain domain, IReadOnlyList<Box> boxes, string indent)
    {
        foreach (var box in boxes)
        {
            text.Paragraph(
                $"{indent}label        ",
                $"{Values(domain, box, Dimension.Jurisdiction, "jurisdiction")}; {Values(domain, box, Dimension.Class, "class")}; "
                + $"{Values(domain, box, Dimension.Purpose, "purpose")}; {Values(domain, box, Dimension.Tenant, "tenant")}");
            text.Paragraph(
                $"{indent}destination  ",
                $"{Values(domain, box, Dimension.Kind, "kind")}; {Values(domain, box, Dimension.Zone, "zone")}; {Proof(domain, box)}");
        }
    }

    private static string Values(Domain domain, Box box, Dimension dimension, string name) =>
        box[dimension].Count == domain[dimension].Count && domain[dimension].Count > 1
            ? $"any {name}"
            : $"{name} {string.Join(", ", box[dimension].Select(v => domain[dimension][v]))}";

    private static string Proof(Domain domain, Box box)
    {
        var weakest = box[Dimension.Proof][0];
        var upwards = box[Dimension.Proof].Count == domain[Dimension.Proof].Count - weakest && box[Dimension.Proof].Count > 1;
        return upwards
            ? $"proven by {domain[Dimension.Proof][weakest]} or stronger"
            : $"proven by {string.Join(", ", box[Dimension.Proof].Select(v => domain[Dimension.Proof][v]))}";
    }

    private static string Jurisdiction(Vocabulary words, string? id)
    {
        var place = words.Jurisdictions.Ids.IndexOf(id);
        return place < 0 ? id ?? "jurisdiction missing" : $"{id} ({words.Jurisdictions.Declared[place].Name})";
    }

    private static string BuiltIn(string id) =>
        Enum.GetValues<Reason>().Where(r => r.Id() == id).Select(r => r.Sentence()).FirstOrDefault("");
}
