using Bailiwick.Residency;

namespace Bailiwick.Silo.Sessions;

/// <summary>What a cluster does by its build where an allow asks for it: text is stored sealed, and removed in time. Pure.</summary>
internal static class KeptObligations
{
    private static readonly TimeSpan Erased = TimeSpan.FromDays(30);

    /// <summary>Where something is stored.</summary>
    public static IReadOnlyList<Obligation> Storing { get; } = [Obligation.SealText, Obligation.Erase30D];

    /// <summary>And where nothing is: there is no text to keep.</summary>
    public static IReadOnlyList<Obligation> NotStoring { get; } = [.. Storing, Obligation.NoText];

    /// <summary>The first obligation that is not met; null where all are.</summary>
    public static Obligation? Unmet(IEnumerable<Obligation> obligations, bool stores) =>
        obligations.Except(stores ? Storing : NotStoring).Cast<Obligation?>().FirstOrDefault();

    /// <summary>How long what is let in under some obligations may be kept.</summary>
    /// <param name="retention">What the site keeps otherwise.</param>
    /// <param name="obligations">Of the allow.</param>
    public static TimeSpan Life(TimeSpan retention, IEnumerable<Obligation> obligations) =>
        obligations.Contains(Obligation.Erase30D) && retention > Erased ? Erased : retention;
}
