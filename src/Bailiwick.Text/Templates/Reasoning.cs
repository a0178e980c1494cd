using Bailiwick.Text.Templates.Values;

namespace Bailiwick.Text.Templates;

/// <summary>Applies <see cref="ReasoningTags"/> to a message.</summary>
internal static class Reasoning
{
    public static DictValue Trust(DictValue message, ReasoningTags tags)
    {
        if (!message.TryGet("role", out var role) || role is not TextValue { Plain: "assistant" } ||
            !message.TryGet("content", out var content) || content is not TextValue text || TrustPair(text, tags) is not { } trusted)
        {
            return message;
        }

        return new DictValue(message.Entries.Select(entry =>
            entry.Key is TextValue { Plain: "content" } ? KeyValuePair.Create<Value, Value>(entry.Key, trusted) : entry));
    }

    private static TextValue? TrustPair(TextValue text, ReasoningTags tags)
    {
        var open = text.Plain.Length - TextOperations.Strip(text, null, atStart: true, atEnd: false).Plain.Length;
        if (string.CompareOrdinal(text.Plain, open, tags.Open, 0, tags.Open.Length) != 0)
        {
            return null;
        }

        var inside = open + tags.Open.Length;
        var close = text.Plain.IndexOf(tags.Close, inside, StringComparison.Ordinal);
        if (close < 0)
        {
            return null;
        }

        var behind = close + tags.Close.Length;
        return new TextValue(OriginText.Concat(
            text.Text.Slice(0, open),
            OriginText.FromTemplate(tags.Open),
            text.Text.Slice(inside, close - inside),
            OriginText.FromTemplate(tags.Close),
            text.Text.Slice(behind, text.Plain.Length - behind)));
    }
}
