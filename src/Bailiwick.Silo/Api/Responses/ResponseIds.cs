using System.Globalization;

namespace Bailiwick.Silo.Api.Responses;

/// <summary>Ids of a response and of its items. All follow from the response's own, so that whoever tells it again tells the same ids.</summary>
internal static class ResponseIds
{
    public const string Prefix = Turns.CallId.ResponsePrefix;

    private const string TurnPrefix = "t-";

    /// <summary>Of a response that one turn makes.</summary>
    public static string OfTurn(string turn) =>
        Prefix + (turn.StartsWith(TurnPrefix, StringComparison.Ordinal) ? turn[TurnPrefix.Length..] : turn);

    public static string Message(string response, int index) => Item("msg", response, index);

    public static string Call(string response, int index) => Item("fc", response, index);

    /// <summary>What the result of a call is given for. Among calls, not items.</summary>
    public static string CallId(string response, int index) => Turns.CallId.Of(response[Prefix.Length..], index);

    /// <summary>Of an input item that came without one.</summary>
    public static string Input(string response, int index) => Item("in", response, index);

    /// <summary>The response that an item of an answer belongs to, and its place there; null where the id is no such item's.</summary>
    public static (string Response, int Index)? OfItem(string item)
    {
        var parts = item.Split('_');
        return parts is ["msg" or "fc", { Length: > 0 } core, var place]
            && int.TryParse(place, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            ? (Prefix + core, index)
            : null;
    }

    private static string Item(string kind, string response, int index) =>
        string.Create(CultureInfo.InvariantCulture, $"{kind}_{response[Prefix.Length..]}_{index}");
}
