using System.Text.RegularExpressions;
using Bailiwick.Residency;
using Bailiwick.Residency.Policies;

namespace Bailiwick.Silo.Api.Auth;

/// <summary>What is wrong with a field of a request.</summary>
internal sealed record FieldFault(string Field, string Sentence);

/// <summary>Whether a key may be made. A label that policy could only ever deny is refused here, where somebody can correct it. Pure.</summary>
internal static partial class KeyRules
{
    public static IReadOnlyList<FieldFault> Check(NewKey asked, Vocabulary vocabulary, DateTimeOffset now) =>
        [.. Faults(asked, vocabulary, now)];

    private static IEnumerable<FieldFault> Faults(NewKey asked, Vocabulary vocabulary, DateTimeOffset now)
    {
        if (!KeyName().IsMatch(asked.Name))
        {
            yield return new FieldFault("name", "must have 1 to 64 characters of a-z, 0-9 and '-'.");
        }

        foreach (var fault in CheckLabel(asked.Label, vocabulary))
        {
            yield return fault;
        }

        if (asked.Scopes.Count == 0 || asked.Scopes.Except(Scopes.All).Any() || asked.Scopes.Distinct().Count() < asked.Scopes.Count)
        {
            yield return new FieldFault("scopes", $"must be one or more of {string.Join(", ", Scopes.All)}, each once.");
        }

        if (asked.Expires <= now || asked.Expires > now.AddYears(1))
        {
            yield return new FieldFault("expires", "must lie ahead, at most one year.");
        }
    }

    /// <summary>What is wrong with the label of a credential.</summary>
    public static IEnumerable<FieldFault> CheckLabel(Label label, Vocabulary vocabulary)
    {
        foreach (var (field, value, known) in new[]
        {
            ("jurisdiction", label.Jurisdiction, vocabulary.Jurisdictions.Ids), ("class", label.Class, vocabulary.Classes),
            ("purpose", label.Purpose, vocabulary.Purposes), ("tenant", label.Tenant, vocabulary.Tenants),
        })
        {
            if (!known.Contains(value))
            {
                yield return new FieldFault(field, $"must be one of the policy's: {string.Join(", ", known)}.");
            }
        }

        if (IsAbroad(label, vocabulary))
        {
            yield return new FieldFault("jurisdiction", "must lie within the home of the tenant.");
        }
    }

    /// <summary>Whether a label's jurisdiction lies outside the home of its tenant.</summary>
    public static bool IsAbroad(Label label, Vocabulary vocabulary)
    {
        var tree = vocabulary.Jurisdictions;
        return tree.Ids.IndexOf(label.Jurisdiction) is >= 0 and var jurisdiction && vocabulary.Tenants.IndexOf(label.Tenant) is >= 0 and var tenant
            && !tree.Within(jurisdiction, vocabulary.HomeOfTenant(tenant));
    }

    [GeneratedRegex(@"\A[a-z0-9-]{1,64}\z")]
    private static partial Regex KeyName();
}
