using System.Globalization;
using System.Text;

namespace Bailiwick.Text.ToolCalls;

/// <summary>Writes the calls of a request as a Lark grammar of llguidance. Pure.</summary>
internal static class CallLark
{
    /// <summary>Most calls of one answer under a grammar: a small model would otherwise fill its limit with them.</summary>
    private const int MostCalls = 16;

    /// <summary>An answer of calls.</summary>
    public static string Required(CallGrammar grammar, CallWords words, IReadOnlyList<LarkFunction> functions, bool parallel)
    {
        var lark = new StringBuilder();
        var start = Repeated("region", grammar.Again, parallel && grammar.Between is null, words);
        lark.Append(CultureInfo.InvariantCulture, $"start: {start}\n");
        AppendRegion(lark, grammar, words, functions, parallel);
        return lark.ToString();
    }

    /// <summary>Calls or text, told apart by the first character; the text takes any token of these.</summary>
    /// <exception cref="InvalidOperationException">The format has no such character.</exception>
    public static string LeadingOrText(CallGrammar grammar, CallWords words, IReadOnlyList<LarkFunction> functions, bool parallel)
    {
        var leading = grammar.Leading ?? throw new InvalidOperationException("no leading character");
        var lark = new StringBuilder();
        var start = Repeated("region", grammar.Again, parallel && grammar.Between is null, words);
        lark.Append(CultureInfo.InvariantCulture, $"start: TEXT | {start}\nTEXT: /([ \\t\\r\\n]*[^{leading} \\t\\r\\n](.|\\n)*)?/\n");
        AppendRegion(lark, grammar, words, functions, parallel);
        return lark.ToString();
    }

    /// <summary>A text of this schema, or calls.</summary>
    public static string ContentOrCalls(string contentSchema, CallGrammar grammar, CallWords words, IReadOnlyList<LarkFunction> functions, bool parallel)
    {
        var lark = new StringBuilder();
        var start = Repeated("region", grammar.Again, parallel && grammar.Between is null, words);
        lark.Append(CultureInfo.InvariantCulture, $"start: content | {start}\ncontent: %json {contentSchema}\n");
        AppendRegion(lark, grammar, words, functions, parallel);
        return lark.ToString();
    }

    /// <summary>What follows the marker that begins a region, up to the region's end.</summary>
    public static string BehindTrigger(CallGrammar grammar, CallWords words, IReadOnlyList<LarkFunction> functions, bool parallel)
    {
        // The marker itself has been read.
        var opened = grammar with { Open = grammar.Open.Replace($"@{grammar.Trigger}", "", StringComparison.Ordinal) };
        var lark = new StringBuilder("start: region\n");
        AppendRegion(lark, opened, words, functions, parallel);
        return lark.ToString();
    }

    private static void AppendRegion(
        StringBuilder lark, CallGrammar grammar, CallWords words, IReadOnlyList<LarkFunction> functions, bool parallel)
    {
        var calls = Repeated("call", grammar.Between, parallel && grammar.Between is not null, words);
        lark.Append(CultureInfo.InvariantCulture, $"region: {words.In(grammar.Open)} {calls} {words.In(grammar.Close)}\n");
        lark.Append(CultureInfo.InvariantCulture, $"call: {string.Join(" | ", functions.Select((_, i) => $"call{i}"))}\n");
        for (var i = 0; i < functions.Count; i++)
        {
            var call = words.In(grammar.Call)
                .Replace("@name", functions[i].Name, StringComparison.Ordinal)
                .Replace("@json", $"arguments{i}", StringComparison.Ordinal);
            lark.Append(CultureInfo.InvariantCulture, $"call{i}: {call}\narguments{i}: %json {functions[i].Schema}\n");
        }
    }

    private static string Repeated(string rule, string? between, bool repeats, CallWords words) => repeats
        ? string.Create(CultureInfo.InvariantCulture, $"{rule} ({words.In(between ?? "")} {rule}){{0,{MostCalls - 1}}}")
        : rule;
}

/// <summary>A function as a grammar needs it.</summary>
/// <param name="Name">Plain: fits into a quoted text.</param>
/// <param name="Schema">JSON schema with the engine's options, one line.</param>
internal sealed record LarkFunction(string Name, string Schema);

/// <summary>How the markers of a format are written in a grammar: as tokens, or as texts where they are none.</summary>
internal sealed class CallWords(IReadOnlyList<string> markers, IReadOnlyDictionary<int, int> idsOfMarkers)
{
    public string In(string text)
    {
        for (var i = 0; i < markers.Count; i++)
        {
            var word = idsOfMarkers.TryGetValue(i, out var id)
                ? string.Create(CultureInfo.InvariantCulture, $" <[{id}]> ")
                : string.Create(CultureInfo.InvariantCulture, $" \"{markers[i].Replace("\"", "\\\"", StringComparison.Ordinal)}\" ");
            text = text.Replace(string.Create(CultureInfo.InvariantCulture, $"@{i}"), word, StringComparison.Ordinal);
        }

        return text;
    }
}
