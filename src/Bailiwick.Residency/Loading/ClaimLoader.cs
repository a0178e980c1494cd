using Bailiwick.Residency.Analysis;
using Bailiwick.Residency.Policies;

namespace Bailiwick.Residency.Loading;

/// <summary>Claims, or every fault of their file.</summary>
public sealed record ClaimLoad(IReadOnlyList<Claim> Claims, IReadOnlyList<PolicyFault> Faults);

/// <summary>
/// Reads claims, in YAML as strict as a policy's: a list of maps `id`, `text`, `claim` (never or always), `label`,
/// `destination`, with conditions as in rules and `destination.proven_by`.
/// </summary>
public static class ClaimLoader
{
    /// <param name="vocabulary">That of the policy of which the claims speak.</param>
    public static ClaimLoad Load(ReadOnlySpan<byte> utf8, Vocabulary vocabulary) => Load(utf8, vocabulary, (reading, root) =>
    {
        var claims = new List<Claim>();
        var list = reading.List(root, "");
        for (var i = 0; i < (list?.Items.Count ?? 0); i++)
        {
            var path = JsonPointer.Item("", i);
            if (Fields.Open(reading, list!.Items[i], path, ["id", "text", "claim"], ["label", "destination"]) is { } fields)
            {
                var word = fields.Read("claim", (n, p) => reading.OneOf(n, p, ["never", "always"]));
                claims.Add(Conditions(
                    reading, fields, fields.Read("id", reading.Sentence) ?? "", fields.Read("text", reading.Sentence) ?? "",
                    word == "always" ? ClaimKind.Always : ClaimKind.Never));
            }
        }

        return claims;
    });

    /// <summary>Reads the conditions of one claim: a map of `label` and `destination`.</summary>
    public static ClaimLoad LoadOne(ReadOnlySpan<byte> utf8, string id, string text, ClaimKind kind, Vocabulary vocabulary) =>
        Load(utf8, vocabulary, (reading, root) =>
            Fields.Open(reading, root, "", [], ["label", "destination"]) is { } fields
                ? [Conditions(reading, fields, id, text, kind)]
                : []);

    private static ClaimLoad Load(ReadOnlySpan<byte> utf8, Vocabulary vocabulary, Func<Reading, YamlNode, List<Claim>> read)
    {
        if (YamlReader.Read(utf8, out var fault) is not { } root)
        {
            return new ClaimLoad([], [fault!]);
        }

        var reading = new Reading
        {
            Jurisdictions = [.. vocabulary.Jurisdictions.Ids],
            Classes = [.. vocabulary.Classes],
            Zones = [.. vocabulary.Zones],
            Purposes = [.. vocabulary.Purposes],
            Tenants = [.. vocabulary.Tenants],
        };
        var claims = read(reading, root);
        return reading.Faults.Count > 0 ? new ClaimLoad([], reading.Faults) : new ClaimLoad(claims, []);
    }

    private static Claim Conditions(Reading reading, Fields fields, string id, string text, ClaimKind kind)
    {
        var conditions = new ConditionReader(reading);
        var destination = fields.Read<Fields>(
            "destination", (n, p) => Fields.Open(reading, n, p, [], ["kind", "zone", "jurisdiction", "proven_by"]));
        return new Claim(
            id, text, kind,
            fields.Read("label", conditions.Label) ?? LabelConditions.None,
            destination is null ? DestinationConditions.None : conditions.Destination(destination),
            destination?.Read("proven_by", conditions.ProvenBy));
    }
}
