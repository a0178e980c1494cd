namespace Bailiwick.Residency.Policies;

/// <summary>What switches a break-glass document on for a limited time.</summary>
/// <param name="From">Inclusive, UTC.</param>
/// <param name="Until">Exclusive, UTC.</param>
public sealed record Activation(
    string Document, DateTimeOffset From, DateTimeOffset Until, string Reason, IReadOnlyList<string> Approvers)
{
    /// <summary>Whether this activation puts the document in force at a time. A standing document is never activated.</summary>
    public bool Covers(PolicyDocument document, DateTimeOffset at) =>
        Suits(document) && From <= at && at < Until;

    /// <summary>Whether the activation keeps the document's limits, at whatever time.</summary>
    internal bool Suits(PolicyDocument document) =>
        document.BreakGlass is { } limits
        && string.Equals(Document, document.Id, StringComparison.Ordinal)
        && !string.IsNullOrWhiteSpace(Reason)
        && Until - From <= TimeSpan.FromMinutes(limits.MaxMinutes)
        && DifferentApprovers() >= limits.Approvals;

    private int DifferentApprovers() =>
        Approvers.Where(a => !string.IsNullOrWhiteSpace(a)).Distinct(StringComparer.Ordinal).Count();
}
