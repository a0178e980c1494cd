using Bailiwick.Residency.Policies;

namespace Bailiwick.Residency.Decisions;

/// <summary>Which documents are in force at a time, and when that changes.</summary>
internal static class Validity
{
    public static bool InForce(PolicyDocument document, DateTimeOffset at, IReadOnlyList<Activation> activations) =>
        (document.ValidFrom is not { } from || from <= at)
        && (document.ValidUntil is not { } until || at < until)
        && (document.BreakGlass is null || activations.Any(a => a.Covers(document, at)));

    public static DateTimeOffset? NextChange(Policy policy, DateTimeOffset at, IReadOnlyList<Activation> activations)
    {
        DateTimeOffset? next = null;
        foreach (var document in policy.Documents)
        {
            Consider(document.ValidFrom);
            Consider(document.ValidUntil);
            foreach (var activation in activations.Where(a => a.Suits(document)))
            {
                Consider(activation.From);
                Consider(activation.Until);
            }
        }

        return next;

        void Consider(DateTimeOffset? moment)
        {
            if (moment > at && (next is null || moment < next))
            {
                next = moment;
            }
        }
    }
}
