using System.Buffers;
using System.Globalization;
using System.Text;

namespace Bailiwick.Evidence;

/// <summary>
/// The events as a table for spreadsheets (RFC 4180, fixed columns). Cells that a spreadsheet would run as a formula
/// get an apostrophe in front, after the advice of OWASP; the columns of numbers hold numbers only.
/// </summary>
public static class CsvTable
{
    private static readonly SearchValues<char> Quoted = SearchValues.Create(",\"\r\n;\t");
    private static readonly SearchValues<char> FormulaStart = SearchValues.Create("=+-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20");
    private static readonly SearchValues<char> Skipped = SearchValues.Create(" \u00A0\uFEFF\u200B\u202E\0");

    /// <summary>The first line.</summary>
    public static string Header => string.Join(
        ',', ["index", .. Columns.Select(column => column.Name), .. Numbers.Select(column => column.Name), "leaf_hash"]) + "\r\n";

    private static IReadOnlyList<(string Name, Func<Leaf, string?> Cell)> Columns { get; } =
    [
        ("time", leaf => leaf.Origin.Time.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture)),
        ("kind", leaf => WireNames<LeafKind>.Of(leaf.Kind)),
        ("silo", leaf => leaf.Origin.Silo),
        ("tenant", leaf => LabelOf(leaf)?.Tenant ?? TenantOf(leaf)),
        ("jurisdiction", leaf => LabelOf(leaf)?.Jurisdiction),
        ("class", leaf => LabelOf(leaf)?.Class),
        ("purpose", leaf => LabelOf(leaf)?.Purpose),
        ("actor", leaf => CallerOf(leaf)?.Subject ?? ActorOf(leaf)),
        ("caller_zone", leaf => CallerOf(leaf)?.Zone),
        ("node", leaf => ExecutorOf(leaf)?.Node),
        ("zone", leaf => ExecutorOf(leaf)?.Zone),
        ("build", leaf => ExecutorOf(leaf)?.Build),
        ("effect", leaf => DecisionOf(leaf) is { } decision ? WireNames<Effect>.Of(decision.Effect) : null),
        ("rules", leaf => DecisionOf(leaf) is { } decision ? string.Join(' ', decision.Rules) : null),
        ("finish", leaf => FinishOf(leaf) is { } finish ? WireNames<Finish>.Of(finish) : null),
        ("intent", leaf => IntentOf(leaf)?.ToHex()),
    ];

    private static IReadOnlyList<(string Name, Func<Leaf, long?> Number)> Numbers { get; } =
    [
        ("epoch", leaf => DecisionOf(leaf)?.Epoch ?? (leaf as PolicyLeaf)?.Epoch),
        ("prompt_tokens", leaf => CountsOf(leaf)?.Prompt),
        ("completion_tokens", leaf => CountsOf(leaf)?.Completion),
        ("resumed_at", leaf => (leaf as MovedLeaf)?.ResumedAt),
    ];

    /// <summary>One line: index, the columns, the numbers, the leaf hash.</summary>
    public static string Row(ulong index, Leaf leaf, in TreeHash hash)
    {
        var line = new StringBuilder().Append(CultureInfo.InvariantCulture, $"{index}");
        foreach (var (_, cell) in Columns)
        {
            line.Append(',').Append(Cell(cell(leaf) ?? ""));
        }

        foreach (var (_, number) in Numbers)
        {
            line.Append(',').Append(CultureInfo.InvariantCulture, $"{number(leaf)}");
        }

        return line.Append(',').Append(hash.ToHex()).Append("\r\n").ToString();
    }

    /// <summary>A text as a cell: harmless, then quoted where it must be.</summary>
    public static string Cell(string text)
    {
        var first = text.AsSpan().IndexOfAnyExcept(Skipped);
        var isFormula = first >= 0 && FormulaStart.Contains(text[first]);
        var safe = isFormula ? "'" + text : text;
        return isFormula || safe.AsSpan().ContainsAny(Quoted) ? $"\"{safe.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : safe;
    }

    private static LabelPart? LabelOf(Leaf leaf) => leaf switch
    {
        IntentLeaf intent => intent.Label,
        DenyLeaf deny => deny.Label,
        _ => null,
    };

    private static string? TenantOf(Leaf leaf) => leaf switch
    {
        AdminLeaf admin => admin.Tenant,
        ReadLeaf read => read.Tenant,
        ErasureLeaf erasure => erasure.Tenant,
        HoldLeaf hold => hold.Tenant,
        _ => null,
    };

    private static string? ActorOf(Leaf leaf) => leaf switch
    {
        AdminLeaf admin => admin.Actor,
        ReadLeaf read => read.Actor,
        ExportLeaf export => export.Actor,
        ErasureLeaf erasure => erasure.Actor,
        HoldLeaf hold => hold.Actor,
        ModelLeaf model => model.Actor,
        KeyLeaf key => key.Actor,
        ConfigLeaf config => config.Actor,
        DrillLeaf drill => drill.Actor,
        _ => null,
    };

    private static CallerPart? CallerOf(Leaf leaf) => leaf switch
    {
        IntentLeaf intent => intent.Caller,
        DenyLeaf deny => deny.Caller,
        _ => null,
    };

    private static ExecutorPart? ExecutorOf(Leaf leaf) => leaf switch
    {
        IntentLeaf intent => intent.Executor,
        MovedLeaf moved => moved.Executor,
        _ => null,
    };

    private static DecisionPart? DecisionOf(Leaf leaf) => leaf switch
    {
        IntentLeaf intent => intent.Decision,
        MovedLeaf moved => moved.Decision,
        DenyLeaf deny => deny.Decision,
        _ => null,
    };

    private static CountsPart? CountsOf(Leaf leaf) => leaf switch
    {
        OutcomeLeaf outcome => outcome.Counts,
        AmendedLeaf amended => amended.Counts,
        _ => null,
    };

    private static Finish? FinishOf(Leaf leaf) => leaf switch
    {
        OutcomeLeaf outcome => outcome.Finish,
        AmendedLeaf amended => amended.Finish,
        _ => null,
    };

    private static TreeHash? IntentOf(Leaf leaf) => leaf switch
    {
        OutcomeLeaf outcome => outcome.Intent,
        MovedLeaf moved => moved.Intent,
        AmendedLeaf amended => amended.Intent,
        _ => null,
    };
}
