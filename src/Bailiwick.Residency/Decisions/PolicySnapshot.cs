using Bailiwick.Residency.Epochs;
using Bailiwick.Residency.Policies;

namespace Bailiwick.Residency.Decisions;

/// <summary>
/// A policy as it is in force at one time: what a node decides with. Immutable and thread-safe; a decision is a pure
/// function of it, the label and the destination, and allocates nothing.
/// </summary>
public sealed class PolicySnapshot
{
    private readonly ulong[] _inForce;

    internal PolicySnapshot(CompiledPolicy compiled, DateTimeOffset at, IReadOnlyList<Activation> activations)
    {
        Compiled = compiled;
        At = at;
        Activations = activations;
        Permit = new Permit(compiled.Policy.Epoch, compiled.Policy.Digest);
        _inForce = new ulong[compiled.Index.Words];
        for (var r = 0; r < compiled.Rules.Count; r++)
        {
            if (Validity.InForce(compiled.Rules[r].Document, at, activations))
            {
                _inForce[r / 64] |= 1UL << (r % 64);
            }
        }

        ChangesAt = Validity.NextChange(compiled.Policy, at, activations);
    }

    /// <summary>The policy with all its documents, in force or not.</summary>
    public CompiledPolicy Compiled { get; }

    /// <summary>As it was loaded.</summary>
    public Policy Policy => Compiled.Policy;

    /// <summary>Its words.</summary>
    public Vocabulary Vocabulary => Compiled.Vocabulary;

    /// <summary>The time for which the documents were chosen, UTC.</summary>
    public DateTimeOffset At { get; }

    /// <summary>All that were given, whether they suit a document or not.</summary>
    public IReadOnlyList<Activation> Activations { get; }

    /// <summary>Epoch and digest of the policy, as an executor compares them.</summary>
    public Permit Permit { get; }

    /// <summary>When a document or an activation next begins or ends: from then on another snapshot is due. Null is never.</summary>
    public DateTimeOffset? ChangesAt { get; }

    /// <summary>The rules in force, in order.</summary>
    public IEnumerable<(PolicyDocument Document, Rule Rule)> RulesInForce =>
        Compiled.Rules.Where((_, r) => (_inForce[r / 64] & (1UL << (r % 64))) != 0);

    /// <summary>
    /// The snapshot for a later time. Time never goes back: a clock that was stepped back leaves the time where it
    /// was, so that what has run out is not revived.
    /// </summary>
    public PolicySnapshot Advance(DateTimeOffset at, IReadOnlyList<Activation> activations) =>
        new(Compiled, at > At ? at : At, activations);

    /// <summary>Steps 1 to 6 of model.md section 4, for one label.</summary>
    public Verdict Decide(Label? label, in Destination destination) => new(this, Rule(label, destination), null);

    /// <summary>The same for both labels of a request; one label is decided where nothing was raised.</summary>
    public Verdict Decide(in LabelPair labels, in Destination destination) =>
        labels.IsRaised
            ? new Verdict(this, Rule(labels.Requested, destination), Rule(labels.Credential, destination))
            : new Verdict(this, Rule(labels.Credential, destination), null);

    /// <summary>Steps 2 to 6 for a tuple of the domain.</summary>
    internal Ruling Rule(in Point at)
    {
        if (!PassesHome(at.Jurisdiction, at.Tenant))
        {
            return new Ruling(at, Effect.Deny, Reason.TenantHome);
        }

        if (at.Proof == (int)Proof.Setting)
        {
            return new Ruling(at, Effect.Deny, Reason.UnprovenZone);
        }

        ulong allowed = 0;
        for (var w = 0; w < _inForce.Length; w++)
        {
            var matching = Matching(w, at);
            var denied = matching & Compiled.Index.Denials[w];
            if (denied != 0)
            {
                return new Ruling(at, Effect.Deny, Reason.None);
            }

            allowed |= matching;
        }

        return allowed != 0 ? new Ruling(at, Effect.Allow, Reason.None) : new Ruling(at, Effect.Deny, Reason.NoMatch);
    }

    internal bool PassesHome(int jurisdiction, int tenant) =>
        Vocabulary.Jurisdictions.Within(jurisdiction, Vocabulary.HomeOfTenant(tenant));

    /// <summary>The rules in force of word w that match a tuple.</summary>
    internal ulong Matching(int w, in Point at) => Compiled.Index.Matching(w, at) & _inForce[w];

    private Ruling Rule(Label? label, in Destination destination)
    {
        var words = Vocabulary;
        var at = new Point(
            words.Jurisdictions.Ids.IndexOf(label?.Jurisdiction),
            words.Classes.IndexOf(label?.Class),
            words.Purposes.IndexOf(label?.Purpose),
            words.Tenants.IndexOf(label?.Tenant),
            DestinationKinds.Ids.IndexOf(destination.Kind),
            words.Zones.IndexOf(destination.Zone),
            Proofs.Ids.IndexOf(destination.ProvenBy));
        var unknown = FirstUnknown(at);
        return unknown is Reason.None ? Rule(at) : new Ruling(at, Effect.Deny, unknown);
    }

    private static Reason FirstUnknown(in Point at) => at switch
    {
        { Jurisdiction: < 0 } => Reason.UnknownJurisdiction,
        { Class: < 0 } => Reason.UnknownClass,
        { Purpose: < 0 } => Reason.UnknownPurpose,
        { Tenant: < 0 } => Reason.UnknownTenant,
        { Kind: < 0 } => Reason.UnknownKind,
        { Zone: < 0 } => Reason.UnknownZone,
        { Proof: < 0 } => Reason.UnknownProvenBy,
        _ => Reason.None,
    };
}
