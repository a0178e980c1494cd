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
    public static ClaimLoad Load(ReadOnlySpan<byte> utf8, Vocabulary vocabulary)
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
        var claims = new List<Claim>();
        var list = reading.List(root, "");
        for (var i = 0; i < (list?.Items.Count ?? 0); i++)
        {
            if (Read(reading, list!.Items[i], JsonPointer.Item("", i)) is { } claim)
            {
                claims.Add(claim);
            }
        }

        return reading.Faults.Count > 0 ? new ClaimLoad([], reading.Faults) : new ClaimLoad(claims, []);
    }

    private static Claim? Read(Reading reading, YamlNode node, string path)
    {
        if (Fields.Open(reading, node, path, ["id", "text", "claim"], ["label", "destination"]) is not { } fields)
        {
            return null;
        }

        var conditions = new ConditionReader(reading);
        var destination = fields.Read<Fields>(
            "destination", (n, p) => Fields.Open(reading, n, p, [], ["kind", "zone", "jurisdiction", "proven_by"]));
        return new Claim(
            fields.Read("id", reading.Sentence) ?? "",
            fields.Read("text", reading.Sentence) ?? "",
            fields.Read("claim", (n, p) => reading.OneOf(n, p, ["never", "always"])) == "always" ? ClaimKind.Always : ClaimKind.Never,
            fields.Read("label", conditions.Label) ?? LabelConditions.None,
            destination is null ? DestinationConditions.None : conditions.Destination(destination),
            destination?.Read("proven_by", conditions.ProvenBy));
    }
}
