using System.Text.RegularExpressions;

namespace Bailiwick.Silo.Sessions;

/// <summary>
/// Ids of what is kept: random, so that one tells nothing and none can be guessed. What is no id is the caller's text: it reaches no
/// statement, since a database may log those with their values.
/// </summary>
internal static partial class SessionIds
{
    public static string NewConversation() => "conv_" + Guid.NewGuid().ToString("N");

    public static string NewTurn() => "turn_" + Guid.NewGuid().ToString("N");

    public static string NewResponse() => "resp_" + Guid.NewGuid().ToString("N");

    public static bool IsConversation(string? text) => text is not null && Conversation().IsMatch(text);

    /// <summary>Of a kept turn, by whichever door.</summary>
    public static bool IsTurn(string? text) => text is not null && Turn().IsMatch(text);

    /// <summary>Of a turn in the records.</summary>
    public static bool IsRecord(string? text) => text is not null && Record().IsMatch(text);

    [GeneratedRegex(@"\At-[0-9a-f]{32}\z")]
    private static partial Regex Record();

    [GeneratedRegex(@"\Aconv_[0-9a-f]{32}\z")]
    private static partial Regex Conversation();

    [GeneratedRegex(@"\A(turn|resp)_[0-9a-f]{32}\z")]
    private static partial Regex Turn();
}
