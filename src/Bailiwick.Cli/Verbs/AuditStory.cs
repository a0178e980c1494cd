using System.Globalization;
using System.Text;
using System.Text.Json;
using Bailiwick.Evidence;

namespace Bailiwick.Cli.Verbs;

/// <summary>Records in words. The ids stay as they are: whoever reads them can look them up.</summary>
internal static class AuditStory
{
    private const int Width = 12;

    public static string Tell(IReadOnlyList<AuditRecord> records, bool? isProven)
    {
        var text = new StringBuilder();
        foreach (var record in records)
        {
            text.Append(CultureInfo.InvariantCulture, $"Record {record.Index}: {Title(record.Leaf)}").AppendLine();
            foreach (var (label, value) in Lines(record.Leaf))
            {
                Add(text, label, value);
            }

            Add(text, "written", $"{Time(record.Leaf.Origin.Time)} by {record.Leaf.Origin.Silo}");
            Add(text, "leaf hash", record.Hash.ToHex());
        }

        return text.Append(Proven(records.Count, isProven)).ToString();
    }

    private static string Proven(int count, bool? isProven) => isProven switch
    {
        true => count == 1 ? "This record is in the signed tree." : $"All {count} records are in the signed tree.",
        false => "NOT PROVEN: not every record shown is in the signed tree. Run `bailiwick audit verify`.",
        null => "Not checked: name the log's key with --key to check the records against the signed tree.",
    };

    private static string Title(Leaf leaf) => leaf switch
    {
        IntentLeaf intent => $"turn {intent.Turn} was allowed and began",
        OutcomeLeaf outcome => $"the turn ended: {Kebab(outcome.Finish)}",
        MovedLeaf moved => $"the turn moved to {moved.Executor.Node} after {moved.ResumedAt} tokens",
        DenyLeaf deny => $"turn {deny.Turn} was refused",
        AmendedLeaf amended => $"news after the end of the turn: {Kebab(amended.Finish)}",
        _ => Kebab(leaf.Kind),
    };

    private static IEnumerable<(string Label, string Value)> Lines(Leaf leaf) => leaf switch
    {
        IntentLeaf intent =>
        [
            .. Asked(intent.Caller, intent.Label, intent.CredentialLabel),
            .. Decided(intent.Decision),
            .. Ran(intent.Executor),
            .. Given("model", intent.Model),
            ("sampling", Sampling(intent.Sampler)),
            .. Given("kept in", intent.Conversation),
        ],
        DenyLeaf deny => [.. Asked(deny.Caller, deny.Label, deny.CredentialLabel), .. Decided(deny.Decision), .. Given("model", deny.Model)],
        MovedLeaf moved => [("because", Kebab(moved.Cause)), .. Decided(moved.Decision), .. Ran(moved.Executor), ("of intent", moved.Intent.ToHex())],
        OutcomeLeaf outcome => [.. Counted(outcome.Counts, outcome.Timings), .. Committed(outcome.Prompt, outcome.Answer), ("of intent", outcome.Intent.ToHex())],
        AmendedLeaf amended =>
        [
            ("because", Kebab(amended.Cause)), .. Counted(amended.Counts, null), .. Committed(amended.Prompt, amended.Answer),
            ("of intent", amended.Intent.ToHex()), ("of outcome", amended.Outcome.ToHex()),
        ],
        _ => Fields(leaf),
    };

    private static IEnumerable<(string, string)> Asked(CallerPart caller, LabelPart? label, LabelPart? credential)
    {
        yield return ("asked by", $"{caller.Subject}, "
            + (caller.Zone is null ? "from an unknown place" : $"in zone {caller.Zone} (proven by {caller.ProvenBy})"));
        yield return ("label", label is null ? "none that the policy knows" : Label(label));
        if (credential is not null)
        {
            yield return ("raised from", Label(credential));
        }
    }

    private static IEnumerable<(string, string)> Decided(DecisionPart decision)
    {
        var verdict = decision.Effect == Effect.Allow ? "allowed" : "refused";
        var where = decision.RefusedAt is null ? "" : $" at the {decision.RefusedAt}";
        yield return ("decision", $"{verdict}{where} by {string.Join(", ", decision.Rules)}");
        yield return ("policy", $"epoch {decision.Epoch}, SHA-256 {decision.Policy.ToHex()}");
        if (decision.Overridden.Count > 0)
        {
            yield return ("overridden", string.Join(", ", decision.Overridden));
        }

        if (decision.Obligations.Count > 0)
        {
            yield return ("obliged to", string.Join(", ", decision.Obligations));
        }

        if (decision.DeniedFor is { } labels)
        {
            yield return ("denied for", string.Join(" and ", labels) + " label");
        }
    }

    private static IEnumerable<(string, string)> Given(string label, string? value) => value is null ? [] : [(label, value)];

    private static string Sampling(SamplerPart sampler)
    {
        (string Name, string? Value)[] values =
        [
            ("seed", $"{sampler.Seed}"), ("temperature", Fraction(sampler.TemperaturePpm)), ("top_k", $"{sampler.TopK}"),
            ("top_p", Fraction(sampler.TopPpm)), ("min_p", Fraction(sampler.MinPpm)), ("repetition penalty", Fraction(sampler.RepetitionPpm)),
            ("frequency penalty", Fraction(sampler.FrequencyPpm)), ("presence penalty", Fraction(sampler.PresencePpm)),
        ];
        return string.Join(", ", values.Where(one => !string.IsNullOrEmpty(one.Value)).Select(one => $"{one.Name} {one.Value}"))
            + $", at most {sampler.MaxTokens} tokens";
    }

    private static IEnumerable<(string, string)> Ran(ExecutorPart executor)
    {
        yield return ("ran on", $"{executor.Node} in zone {executor.Zone} ({Kebab(executor.ZoneEvidence)}), decoder {executor.Decoder}");
        yield return ("build", executor.Build);
        yield return ("runtime", $"{executor.Runtime} on {executor.CpuClass}");
    }

    private static IEnumerable<(string, string)> Counted(CountsPart? counts, TimingsPart? timings)
    {
        yield return ("tokens", counts is null
            ? "unknown"
            : $"{counts.Prompt} of the prompt ({counts.Cached} from the cache), {counts.Completion} of the answer");
        if (timings is not null)
        {
            yield return ("times", $"{timings.Queue} ms in the queue, first token after {timings.FirstToken} ms, all after {timings.Total} ms");
        }
    }

    private static IEnumerable<(string, string)> Committed(TreeHash? prompt, TreeHash? answer)
    {
        yield return ("prompt", prompt is null ? "no commitment" : $"committed to as {prompt.Value.ToHex()}");
        yield return ("answer", answer is null ? "no commitment" : $"committed to as {answer.Value.ToHex()}");
    }

    /// <summary>The records around the turns are short: each field on its line.</summary>
    private static IEnumerable<(string, string)> Fields(Leaf leaf)
    {
        using var document = JsonDocument.Parse(leaf.ToBytes());
        return [.. document.RootElement.EnumerateObject()
            .Where(field => field.Name is not ("kind" or "schema" or "time" or "silo" or "previous"))
            .Select(field => (field.Name, field.Value.ToString()))];
    }

    private static void Add(StringBuilder text, string label, string value) =>
        text.Append("  ").Append(label.Length < Width ? label.PadRight(Width) : label + "  ").AppendLine(value);

    private static string Label(LabelPart label) =>
        $"{label.Class} of {label.Jurisdiction} for {label.Purpose}, tenant {label.Tenant}";

    private static string Time(DateTimeOffset time) =>
        time.ToString("yyyy-MM-dd HH:mm:ss.fff 'UTC'", CultureInfo.InvariantCulture);

    private static string? Fraction(long? ppm) => (ppm / 1_000_000m)?.ToString("0.######", CultureInfo.InvariantCulture);

    private static string Kebab<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());
}
