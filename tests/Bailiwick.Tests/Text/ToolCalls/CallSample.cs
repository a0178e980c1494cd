using System.Text;
using Bailiwick.Text.ToolCalls;

namespace Bailiwick.Tests.Text.ToolCalls;

/// <summary>What an answer is read as, joined.</summary>
internal sealed record ReadAnswer(string Text, IReadOnlyList<(string Name, string Arguments)> Calls, IReadOnlyList<CallPiece> Pieces)
{
    public string Described => $"{Text} | {string.Join(" ; ", Calls.Select(call => $"{call.Name} {call.Arguments}"))}";
}

/// <summary>One answer of a format, as text in which the format's markers are tokens, or letters.</summary>
internal sealed record CallSample(ToolCallFormat Format, string Answer, string Described)
{
    public static readonly ToolFunction[] Functions =
    [
        new("get_weather", """{"type":"object","properties":{"city":{"type":"string"},"days":{"type":"integer"},"deep":{"type":"object"}},"required":["city"]}"""),
        new("now", ToolFunction.NoParameters),
    ];

    /// <summary>Cuts the answer into tokens: each marker is one, text is cut where asked.</summary>
    public List<string> Tokens(Func<int, bool> cutBefore, bool markersAreTokens = true)
    {
        var (tokens, text) = (new List<string>(), new StringBuilder());
        for (var at = 0; at < Answer.Length;)
        {
            var marker = markersAreTokens ? Format.Markers.FirstOrDefault(marker => string.CompareOrdinal(Answer, at, marker, 0, marker.Length) == 0) : null;
            if (text.Length > 0 && (marker is not null || (cutBefore(at) && !char.IsLowSurrogate(Answer[at]))))
            {
                tokens.Add(text.ToString());
                text.Clear();
            }

            if (marker is null)
            {
                text.Append(Answer[at++]);
            }
            else
            {
                tokens.Add(marker);
                at += marker.Length;
            }
        }

        return text.Length == 0 ? tokens : [.. tokens, text.ToString()];
    }

    /// <summary>Reads tokens; the first so many are replayed, without taking what they give.</summary>
    public static ReadAnswer Read(ToolCallFormat format, IReadOnlyList<string> tokens, bool markersAreTokens = true, int replayed = 0, bool parallel = true)
    {
        var markers = markersAreTokens
            ? tokens.Select((token, id) => (id, Marker: format.Markers.ToList().IndexOf(token))).Where(entry => entry.Marker >= 0)
                .ToDictionary(entry => entry.id, entry => entry.Marker)
            : [];
        var reader = new AnswerReader(format, markers, id => tokens[id], () => "", Functions, parallel);
        var (text, pieces) = (new StringBuilder(), new List<CallPiece>());
        for (var id = 0; id < tokens.Count && !reader.IsFull; id++)
        {
            reader.Push(id);
            var (shown, given) = (reader.TakeText(), reader.TakePieces());
            if (id >= replayed)
            {
                text.Append(shown);
                pieces.AddRange(given);
            }
        }

        reader.Finish();
        text.Append(reader.TakeText());
        pieces.AddRange(reader.TakePieces());
        return new ReadAnswer(text.ToString(), Joined(pieces), pieces);
    }

    public static IReadOnlyList<(string Name, string Arguments)> Joined(IEnumerable<CallPiece> pieces) =>
        [.. pieces.GroupBy(piece => piece.Index).Select(call => (string.Concat(call.Select(piece => piece.Name)), string.Concat(call.Select(piece => piece.Arguments))))];
}
