using Bailiwick.Residency;
using Bailiwick.Residency.Analysis;
using Bailiwick.Residency.Decisions;
using Bailiwick.Residency.Loading;

namespace Bailiwick.Cli.Verbs;

/// <summary>A decision as a lawyer reads it.</summary>
internal static class PolicyWhyText
{
    public static void Write(PolicyText text, PolicySnapshot snapshot, Explanation explanation)
    {
        var (words, decision) = (snapshot.Vocabulary, explanation.Decision);
        var allowed = decision.Effect is Effect.Allow;
        text.Line($"{(allowed ? "ALLOWED" : "DENIED")} by {PolicyWords.Names(decision.Rules)}");
        text.Paragraph("  policy       ", PolicyWords.Policy(snapshot));
        text.Paragraph("  label        ", PolicyWords.Label(words, explanation.Labels.Requested));
        if (explanation.Labels.IsRaised)
        {
            text.Paragraph("  raised from  ", PolicyWords.Label(words, explanation.Labels.Credential));
        }

        text.Paragraph("  destination  ", PolicyWords.Destination(words, explanation.Destination));
        WriteGrounds(text, snapshot, decision);
        WriteObligations(text, decision);
        WriteNearMisses(text, explanation);
        WriteChanges(text, explanation, allowed);
        if (snapshot.ChangesAt is { } changes)
        {
            text.Blank();
            text.Line($"The documents in force next change at {UtcTime.Format(changes)}.");
        }
    }

    /// <summary>The name of a field, as in a tuple.</summary>
    public static string Field(Dimension field) => field is Dimension.Proof ? "proven_by" : field.ToString().ToLowerInvariant();

    private static void WriteGrounds(PolicyText text, PolicySnapshot snapshot, Decision decision)
    {
        text.Blank();
        text.Line("Why");
        PolicyWords.Grounds(text, snapshot.Compiled, decision.Rules, "  ");
        WriteKnown(text, snapshot, decision);
        if (decision.DeniedFor is { Count: > 0 } denied)
        {
            var labels = denied.Select(d => d is DeniedFor.Raised ? "the raised label" : "the credential's label");
            text.Paragraph("  ", $"Denied for {string.Join(" and for ", labels)}. A raised request must be allowed under both labels; raising one opens nothing.");
        }

        if (decision.Overridden.Count > 0)
        {
            text.Paragraph("  ", "These would allow it and do not count:");
            PolicyWords.Grounds(text, snapshot.Compiled, decision.Overridden, "  ");
        }
    }

    /// <summary>Of a value that the policy does not know: those it knows.</summary>
    private static void WriteKnown(PolicyText text, PolicySnapshot snapshot, Decision decision)
    {
        foreach (var reason in decision.Rules.Select(Reasons.Of))
        {
            if (reason is >= Reason.UnknownJurisdiction and <= Reason.UnknownProvenBy)
            {
                // Both enums stand in the order in which a decision looks.
                var field = (Dimension)(reason - Reason.UnknownJurisdiction);
                text.Paragraph($"  {Field(field)} is one of  ", string.Join(", ", Domain.Of(snapshot.Vocabulary)[field]));
            }
        }
    }

    private static void WriteObligations(PolicyText text, Decision decision)
    {
        if (decision.Obligations.Count > 0)
        {
            text.Blank();
            text.Line($"On condition of: {string.Join(", ", decision.Obligations.Select(o => o.Text()))}");
        }
    }

    private static void WriteNearMisses(PolicyText text, Explanation explanation)
    {
        if (explanation.NearMisses.Count == 0)
        {
            return;
        }

        text.Blank();
        text.Line("Rules that come nearest to allowing it");
        foreach (var miss in explanation.NearMisses)
        {
            text.Paragraph($"  {miss.Rule.Id,-10} ", $"{miss.Document.Authority} (document {miss.Document.Id}): “{miss.Rule.Because}”");
            foreach (var unmet in miss.Unmet)
            {
                text.Paragraph("             ", $"but {unmet.Field} must be {unmet.Wanted}; here it is {unmet.Actual}");
            }
        }
    }

    private static void WriteChanges(PolicyText text, Explanation explanation, bool allowed)
    {
        text.Blank();
        if (explanation.Changes.Count == 0)
        {
            text.Line($"No single field, changed alone, would make it {(allowed ? "denied" : "allowed")}.");
            return;
        }

        text.Line($"It would be {(allowed ? "denied" : "allowed")} with one field changed, all else as asked");
        foreach (var change in explanation.Changes)
        {
            text.Paragraph(
                $"  {Field(change.Field),-12} ", $"{string.Join(", ", change.Values)}  (by {PolicyWords.Names(change.Outcome.Rules)})");
        }
    }
}
