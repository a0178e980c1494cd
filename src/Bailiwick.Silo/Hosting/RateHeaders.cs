using System.Globalization;
using Bailiwick.Silo.Turns;

namespace Bailiwick.Silo.Hosting;

/// <summary>What a caller has left, in the headers that OpenAI's clients read (`x-ratelimit-*`). No limit, no header.</summary>
internal static class RateHeaders
{
    public static void Write(IHeaderDictionary headers, TurnLimits limits, Caller caller)
    {
        var (requests, tokens) = limits.StateOf(caller);
        Write(headers, "requests", requests);
        Write(headers, "tokens", tokens);
    }

    /// <summary>`250ms`, `7s`, `1m30s`: what OpenAI writes.</summary>
    public static string Duration(TimeSpan time) => time switch
    {
        { TotalSeconds: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(time.TotalMilliseconds):0}ms"),
        { TotalMinutes: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(time.TotalSeconds):0}s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalMinutes}m{time.Seconds}s"),
    };

    private static void Write(IHeaderDictionary headers, string what, LimitState? state)
    {
        if (state is { } left)
        {
            headers[$"x-ratelimit-limit-{what}"] = left.Limit.ToString(CultureInfo.InvariantCulture);
            headers[$"x-ratelimit-remaining-{what}"] = left.Remaining.ToString(CultureInfo.InvariantCulture);
            headers[$"x-ratelimit-reset-{what}"] = Duration(left.Reset);
        }
    }
}
