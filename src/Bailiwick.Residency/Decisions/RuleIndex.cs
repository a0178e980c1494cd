using Bailiwick.Residency.Policies;

namespace Bailiwick.Residency.Decisions;

/// <summary>
/// The rules of a policy as bit vectors: for each value of each dimension, the set of rules that it satisfies. The
/// rules that match a tuple are the intersection of its values' sets, as in the bit-vector schemes of packet
/// classification (Lakshman, Stiliadis, SIGCOMM 1998): one word per 64 rules and dimension, no branches, no memory.
/// Rule r is bit r % 64 of word r / 64.
/// </summary>
internal sealed class RuleIndex
{
    private readonly Vocabulary _vocabulary;
    private readonly ulong[] _jurisdiction;
    private readonly ulong[] _class;
    private readonly ulong[] _purpose;
    private readonly ulong[] _tenant;
    private readonly ulong[] _kind;
    private readonly ulong[] _zone;
    private readonly ulong[] _place;
    private readonly ulong[] _proof;
    private readonly ulong[] _withinLabel;
    private readonly ulong[] _outsideLabel;
    private readonly ulong[] _denials;

    public RuleIndex(Vocabulary vocabulary, IReadOnlyList<(PolicyDocument Document, Rule Rule)> rules)
    {
        _vocabulary = vocabulary;
        Words = (rules.Count + 63) / 64;
        _jurisdiction = new ulong[Words * vocabulary.Jurisdictions.Ids.Count];
        _class = new ulong[Words * vocabulary.Classes.Count];
        _purpose = new ulong[Words * vocabulary.Purposes.Count];
        _tenant = new ulong[Words * vocabulary.Tenants.Count];
        _kind = new ulong[Words * DestinationKinds.Ids.Count];
        _zone = new ulong[Words * vocabulary.Zones.Count];
        _place = new ulong[Words * vocabulary.Jurisdictions.Ids.Count];
        _proof = new ulong[Words * Proofs.Ids.Count];
        _withinLabel = new ulong[Words];
        _outsideLabel = new ulong[Words];
        _denials = new ulong[Words];
        for (var r = 0; r < rules.Count; r++)
        {
            Enter(r, rules[r].Document, rules[r].Rule);
        }
    }

    public int Words { get; }

    public ReadOnlySpan<ulong> Denials => _denials;

    /// <summary>The rules of word w that match a tuple.</summary>
    public ulong Matching(int w, in Point at)
    {
        var jurisdiction = _vocabulary.JurisdictionOfZone(at.Zone);
        var relative = _vocabulary.Jurisdictions.Within(jurisdiction, at.Jurisdiction) ? _withinLabel : _outsideLabel;
        return _jurisdiction[(at.Jurisdiction * Words) + w]
            & _class[(at.Class * Words) + w]
            & _purpose[(at.Purpose * Words) + w]
            & _tenant[(at.Tenant * Words) + w]
            & _kind[(at.Kind * Words) + w]
            & _zone[(at.Zone * Words) + w]
            & _proof[(at.Proof * Words) + w]
            & (_place[(jurisdiction * Words) + w] | relative[w]);
    }

    private void Enter(int r, PolicyDocument document, Rule rule)
    {
        var tree = _vocabulary.Jurisdictions;
        var scope = ConditionSets.Of(document.Scope, tree);
        var labels = ConditionSets.Of(rule.Label.Jurisdiction, tree);
        for (var j = 0; j < labels.Length; j++)
        {
            labels[j] &= scope[j];
        }

        Set(_jurisdiction, r, labels);
        Set(_class, r, ConditionSets.Of(rule.Label.Class, _vocabulary.Classes));
        Set(_purpose, r, ConditionSets.Of(rule.Label.Purpose, _vocabulary.Purposes));
        Set(_tenant, r, ConditionSets.Of(rule.Label.Tenant, _vocabulary.Tenants));
        Set(_kind, r, ConditionSets.Of(rule.Destination.Kind, DestinationKinds.Ids));
        Set(_zone, r, ConditionSets.Of(rule.Destination.Zone, _vocabulary.Zones));
        Set(_place, r, ConditionSets.Of(rule.Destination.Jurisdiction, tree));
        Set(_proof, r, [.. Enum.GetValues<Proof>().Select(rule.MatchesProof)]);
        Set(_withinLabel, r, [ConditionSets.Holds(rule.Destination.Jurisdiction, PlaceForm.WithinLabel)]);
        Set(_outsideLabel, r, [ConditionSets.Holds(rule.Destination.Jurisdiction, PlaceForm.OutsideLabel)]);
        Set(_denials, r, [rule.Effect is Effect.Deny]);
    }

    private void Set(ulong[] bits, int r, bool[] selected)
    {
        for (var value = 0; value < selected.Length; value++)
        {
            if (selected[value])
            {
                bits[(value * Words) + (r / 64)] |= 1UL << (r % 64);
            }
        }
    }
}
