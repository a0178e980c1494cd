using System.Text.RegularExpressions;

namespace Bailiwick.Decoder.Grammar;

/// <summary>
/// Says why a grammar was refused without passing on the engine's text, which quotes what clients sent: for a JSON
/// schema the keyword it named, taken only if it is one of JSON Schema's own, and the path of its first use.
/// </summary>
internal static partial class GrammarFault
{
    internal static string Sentence(string field, bool isSchema, string reason, string data)
    {
        var keyword = Unimplemented().Match(reason) is { Success: true } match ? match.Groups["keyword"].Value
            : reason.Contains("oneOf constraints are not supported", StringComparison.Ordinal) ? "oneOf"
            : null;
        if (isSchema && keyword is not null && SchemaPath.FirstUse(data, keyword) is { } path)
        {
            return $"{field} uses {keyword} at {path}, which the grammar engine does not support.";
        }

        return $"{field} does not compile: it is malformed, beyond the engine's limits, or admits no text at all.";
    }

    [GeneratedRegex("""Unimplemented keys: \["(?<keyword>[$A-Za-z]{1,40})["]""")]
    private static partial Regex Unimplemented();
}
