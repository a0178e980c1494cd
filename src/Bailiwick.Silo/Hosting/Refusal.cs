using Bailiwick.Protocol;

namespace Bailiwick.Silo.Hosting;

/// <summary>An expected failure, as a value: a row of the error table and what this case adds to it. Never holds payload.</summary>
/// <param name="Row">Code and statuses.</param>
/// <param name="Sentence">What happened; ends with a full stop.</param>
internal sealed record Refusal(ErrorRow Row, string Sentence)
{
    /// <summary>Rule ids that decided, `!…` for built-in reasons; empty where no policy spoke.</summary>
    public IReadOnlyList<string> Rules { get; init; } = [];

    /// <summary>`label`, or the kind of the destination that refused; null where no policy spoke.</summary>
    public string? RefusedAt { get; init; }

    /// <summary>Why, rule by rule, in the policy's own words; empty where no policy spoke.</summary>
    public IReadOnlyList<string> Why { get; init; } = [];

    /// <summary>When it may be worth trying again, from measurement; null where waiting does not help.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Field of the request that is wrong; null where it is not a field.</summary>
    public string? Field { get; init; }

    /// <summary>A refusal from a problem that a decoder stated; an unknown code is an internal error.</summary>
    public static Refusal Of(string code, string sentence) =>
        new(Errors.All.FirstOrDefault(row => row.Code == code) ?? Errors.Internal, sentence);
}
