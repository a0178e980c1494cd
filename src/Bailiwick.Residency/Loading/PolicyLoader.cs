using System.Globalization;
using System.Security.Cryptography;
using Bailiwick.Residency.Decisions;
using Bailiwick.Residency.Policies;

namespace Bailiwick.Residency.Loading;

/// <summary>A policy, or every fault of its file. Exactly one of the two.</summary>
public sealed class PolicyLoad
{
    internal PolicyLoad(CompiledPolicy? policy, IReadOnlyList<PolicyFault> faults)
    {
        Policy = policy;
        Faults = faults;
    }

    /// <summary>Null if there is any fault: a malformed policy is refused as a whole.</summary>
    public CompiledPolicy? Policy { get; }

    /// <summary>In the order of the file's lines.</summary>
    public IReadOnlyList<PolicyFault> Faults { get; }
}

/// <summary>
/// Reads a policy file strictly and reports all its faults at once. Never throws for what a file holds, and reads at
/// most 1 MiB and 16 levels.
/// </summary>
public static class PolicyLoader
{
    private const int EpochDigits = 15;

    /// <summary>Reads the bytes of a file: its digest is over exactly these.</summary>
    public static PolicyLoad Load(ReadOnlySpan<byte> utf8)
    {
        if (YamlReader.Read(utf8, out var fault) is not { } root)
        {
            return new PolicyLoad(null, [fault!]);
        }

        var reading = new Reading();
        var policy = Read(reading, root, Convert.ToHexStringLower(SHA256.HashData(utf8)));
        return reading.Faults.Count > 0
            ? new PolicyLoad(null, [.. reading.Faults.OrderBy(f => f.Line).ThenBy(f => f.Path, StringComparer.Ordinal)])
            : new PolicyLoad(CompiledPolicy.Compile(policy!()), []);
    }

    /// <summary>What builds the policy, to be called if the reading has no fault.</summary>
    private static Func<Policy>? Read(Reading reading, YamlNode root, string digest)
    {
        // Another version may differ in anything: its other faults would be guesses.
        if (root is YamlMap map && map.Fields.GetValueOrDefault("schema") is YamlText { Value: not "1" } version)
        {
            reading.Report(FaultCodes.SchemaVersion, "/schema", version, $"Schema version '{version.Value}' is not known; this reader knows 1.");
            return null;
        }

        if (Fields.Open(reading, root, "", ["policy", "schema", "epoch", "title", "vocabulary", "documents"], []) is not { } fields)
        {
            return null;
        }

        var name = fields.Read("policy", (n, p) => reading.NewId(n, p, [])) ?? "";
        fields.Read("schema", reading.Text);
        var epoch = fields.Read("epoch", (n, p) => Epoch(reading, n, p));
        var title = fields.Read("title", reading.Sentence) ?? "";
        var vocabulary = fields.Read("vocabulary", new VocabularyReader(reading).Read);
        var documents = fields.Read("documents", new DocumentReader(reading).ReadAll);
        return () => new Policy(name, epoch!.Value, title, digest, vocabulary!(), documents!);
    }

    private static long? Epoch(Reading reading, YamlNode node, string path)
    {
        if (reading.Text(node, path) is not { } text)
        {
            return null;
        }

        if (text.Length is > 0 and <= EpochDigits && text[0] != '0'
            && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var epoch))
        {
            return epoch;
        }

        reading.Report(FaultCodes.SchemaValue, path, node, $"'{text}' is not an epoch: a whole number from 1, of at most {EpochDigits} digits.");
        return null;
    }
}
