using Bailiwick.Residency.Policies;

namespace Bailiwick.Residency.Loading;

/// <summary>Activations, or every fault of their file.</summary>
public sealed record ActivationLoad(IReadOnlyList<Activation> Activations, IReadOnlyList<PolicyFault> Faults);

/// <summary>
/// Reads break-glass activations, in YAML as strict as a policy's: a list of maps `document`, `from`, `until`,
/// `reason`, `approvers`. Whether one keeps its document's limits is decided with the policy, not here.
/// </summary>
public static class ActivationLoader
{
    /// <summary>Never throws for what a file holds; at most 1 MiB is read.</summary>
    public static ActivationLoad Load(ReadOnlySpan<byte> utf8)
    {
        if (YamlReader.Read(utf8, out var fault) is not { } root)
        {
            return new ActivationLoad([], [fault!]);
        }

        var reading = new Reading();
        var activations = new List<Activation>();
        var list = reading.List(root, "");
        for (var i = 0; i < (list?.Items.Count ?? 0); i++)
        {
            if (Read(reading, list!.Items[i], JsonPointer.Item("", i)) is { } activation)
            {
                activations.Add(activation);
            }
        }

        return reading.Faults.Count > 0 ? new ActivationLoad([], reading.Faults) : new ActivationLoad(activations, []);
    }

    private static Activation? Read(Reading reading, YamlNode node, string path)
    {
        if (Fields.Open(reading, node, path, ["document", "from", "until", "reason", "approvers"], []) is not { } fields)
        {
            return null;
        }

        var approvers = fields.Read("approvers", reading.List)?.Items
            .Select((item, i) => reading.Text(item, JsonPointer.Item(fields.PathOf("approvers"), i)) ?? "").ToList() ?? [];
        return new Activation(
            fields.Read("document", reading.Text) ?? "",
            fields.Read("from", reading.Time) ?? default,
            fields.Read("until", reading.Time) ?? default,
            fields.Read("reason", reading.Text) ?? "",
            approvers);
    }
}
