using Bailiwick.Residency.Epochs;

namespace Bailiwick.Residency.Requests;

/// <summary>
/// A payload that policy let in, and how far. Shards, stores and egress take this type and nothing else, so that a
/// payload nobody decided about does not compile. Only <see cref="Guard"/> constructs it. It is never sent: across a
/// wire go payload, labels and permit, and the receiver's guard decides again.
/// </summary>
public sealed class Admitted<T>
{
    private readonly IReadOnlyList<Destination> _reach;

    internal Admitted(
        T payload, LabelPair labels, Permit permit, IReadOnlyList<Obligation> obligations, IReadOnlyList<Destination> reach)
    {
        Payload = payload;
        Labels = labels;
        Permit = permit;
        Obligations = obligations;
        _reach = reach;
    }

    /// <summary>What was let in.</summary>
    public T Payload { get; }

    /// <summary>The label that it works under, and its credential's.</summary>
    public LabelPair Labels { get; }

    /// <summary>The policy under which it was admitted; compare with <see cref="Epoch.Honour"/> before acting on it.</summary>
    public Permit Permit { get; }

    /// <summary>What whoever carries it out owes, each once.</summary>
    public IReadOnlyList<Obligation> Obligations { get; }

    /// <summary>Whether the payload may go there. A zone and kind that were not asked about at admission may not.</summary>
    public bool MayReach(in Destination destination) => _reach.Contains(destination);
}
