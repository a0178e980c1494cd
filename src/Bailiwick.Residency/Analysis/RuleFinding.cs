using System.Numerics;
using Bailiwick.Residency.Decisions;

namespace Bailiwick.Residency.Analysis;

/// <summary>What is to be said of a rule (model.md section 7, `rules`).</summary>
public enum Finding
{
    /// <summary>Nothing to say.</summary>
    None,

    /// <summary>The rule matches no tuple.</summary>
    NeverMatches,

    /// <summary>An allow that never decides: denials stand before it everywhere.</summary>
    Overridden,

    /// <summary>An allow whose removal changes nothing.</summary>
    Redundant,

    /// <summary>A denial that stops nothing today but guards later edits. Not an error.</summary>
    GuardOnly,
}

/// <summary>What a rule does in a policy, counted in tuples of labels within their tenant's home at proven places.</summary>
/// <param name="Decides">Tuples whose decision names the rule as its reason.</param>
/// <param name="RemovalNarrows">Tuples that only this rule allows.</param>
/// <param name="RemovalWidens">Tuples that only this rule denies although an allow matches.</param>
public sealed record RuleFinding(
    string Rule, Effect Effect, long Matches, long Decides, long RemovalNarrows, long RemovalWidens)
{
    /// <summary>The first that fits, in the order of the enum.</summary>
    public Finding Finding =>
        Matches == 0 ? Finding.NeverMatches
        : Effect is Effect.Deny ? (RemovalWidens == 0 ? Finding.GuardOnly : Finding.None)
        : Decides == 0 ? Finding.Overridden
        : RemovalNarrows == 0 ? Finding.Redundant
        : Finding.None;

    /// <summary>One finding per rule of the policy, those of documents not in force included (they never match).</summary>
    /// <exception cref="DomainTooLargeException"/>
    public static IReadOnlyList<RuleFinding> Of(PolicySnapshot snapshot)
    {
        var rules = snapshot.Compiled.Rules;
        var counts = new Counts(snapshot);
        foreach (var tuple in Domain.Of(snapshot.Vocabulary).Tuples())
        {
            if (tuple.Proof != (int)Proof.Setting && snapshot.PassesHome(tuple.Jurisdiction, tuple.Tenant))
            {
                counts.Add(tuple);
            }
        }

        return [.. rules.Select((entry, r) => new RuleFinding(
            entry.Rule.Id, entry.Rule.Effect, counts.Matches[r], counts.Decides[r], counts.Narrows[r], counts.Widens[r]))];
    }

    private sealed class Counts(PolicySnapshot snapshot)
    {
        private readonly List<int> _allows = [];
        private readonly List<int> _denials = [];

        public long[] Matches { get; } = new long[snapshot.Compiled.Rules.Count];

        public long[] Decides { get; } = new long[snapshot.Compiled.Rules.Count];

        public long[] Narrows { get; } = new long[snapshot.Compiled.Rules.Count];

        public long[] Widens { get; } = new long[snapshot.Compiled.Rules.Count];

        public void Add(in Point at)
        {
            Collect(at);
            var deciding = _denials.Count > 0 ? _denials : _allows;
            deciding.ForEach(r => Decides[r]++);
            if (_denials.Count == 1 && _allows.Count > 0)
            {
                Widens[_denials[0]]++;
            }
            else if (_denials.Count == 0 && _allows.Count == 1)
            {
                Narrows[_allows[0]]++;
            }
        }

        private void Collect(in Point at)
        {
            _allows.Clear();
            _denials.Clear();
            for (var w = 0; w < snapshot.Compiled.Index.Words; w++)
            {
                for (var left = snapshot.Matching(w, at); left != 0; left &= left - 1)
                {
                    var r = (w * 64) + BitOperations.TrailingZeroCount(left);
                    Matches[r]++;
                    (snapshot.Compiled.Rules[r].Rule.Effect is Effect.Allow ? _allows : _denials).Add(r);
                }
            }
        }
    }
}
