using System.Text.Json;
using Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Decoder.Simulation;

/// <summary>
/// A call in the place of an answer, so that programs which wait for one can be tried without a model that would make it: a chat that
/// offers a function of the profile and does not end with a result is answered by a call of it. Pure.
/// </summary>
internal static class SimulatedCall
{
    private const int CharactersPerPiece = 4;

    /// <summary>The pieces, one for each token; null where the answer is text.</summary>
    public static IReadOnlyList<ToolCallPiece>? Of(Submit request, IReadOnlyDictionary<string, string> calls)
    {
        if (calls.Count == 0 || request.Chat is not { ToolsJson.Length: > 0 } chat || request.Tools is not { Choice: not Tools.Types.Choice.None })
        {
            return null;
        }

        try
        {
            using var messages = JsonDocument.Parse(chat.MessagesJson);
            using var tools = JsonDocument.Parse(chat.ToolsJson);
            return messages.RootElement.EnumerateArray().LastOrDefault() is { ValueKind: JsonValueKind.Object } last
                && last.GetProperty("role").ValueEquals("tool"u8)
                ? null
                : tools.RootElement.EnumerateArray().Select(tool => tool.GetProperty("function").GetProperty("name").GetString()!)
                    .Where(calls.ContainsKey).Select(name => Pieces(name, calls[name])).FirstOrDefault();
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            // What a real decoder would refuse: here it calls nothing.
            return null;
        }
    }

    private static List<ToolCallPiece> Pieces(string name, string arguments) =>
    [
        new ToolCallPiece { Name = name },
        .. arguments.Chunk(CharactersPerPiece).Select(piece => new ToolCallPiece { Arguments = new string(piece) }),
    ];
}
