using System.Text.Json;
using Bailiwick.Text;

namespace Bailiwick.Decoder.Loop;

/// <summary>
/// Leaves the last message of a rendered chat open, so that the model goes on with it: what the template wrote behind
/// the message's text is cut off. As continue_final_message of transformers, which looks for the text's last place.
/// </summary>
internal static class FinalMessage
{
    /// <exception cref="TurnRefusedException">The last message has no text, or the template does not write it as it is.</exception>
    internal static OriginText LeaveOpen(OriginText rendered, string messagesJson)
    {
        var content = ContentOfLast(messagesJson);

        // Templates often trim: look for what is left in any case, then take back what they kept of the white space.
        var trimmed = content.Trim();
        var start = rendered.Text.LastIndexOf(trimmed, StringComparison.Ordinal);
        if (trimmed.Length == 0 || start < 0)
        {
            throw Refused();
        }

        var end = start + trimmed.Length;
        var behind = content[(content.TrimEnd().Length)..];
        return rendered.Slice(0, rendered.Text.AsSpan(end).StartsWith(behind) ? end + behind.Length : end);
    }

    private static string ContentOfLast(string messagesJson)
    {
        using var document = JsonDocument.Parse(messagesJson);
        var messages = document.RootElement;
        return messages.GetArrayLength() > 0
            && messages[messages.GetArrayLength() - 1].TryGetProperty("content", out var content)
            && content.ValueKind == JsonValueKind.String
            ? content.GetString()!
            : throw Refused();
    }

    private static TurnRefusedException Refused() => new(Problems.Invalid(
        "chat.continue_final_message: the last message has no text of its own that the template writes as it is."));
}
