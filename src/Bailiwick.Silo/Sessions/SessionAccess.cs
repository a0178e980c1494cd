using Bailiwick.Protocol;
using Bailiwick.Residency;
using Bailiwick.Residency.Decisions;
using Bailiwick.Silo.Hosting;

namespace Bailiwick.Silo.Sessions;

/// <summary>
/// Whether what is kept may go to a reader: what is read works under the label of what is kept joined with the reader's, and where that
/// lies above the reader's own, both must be allowed (model.md sections 2 and 4). Pure.
/// </summary>
internal static class SessionAccess
{
    /// <returns>Null where it may.</returns>
    public static Refusal? Read(PolicySnapshot snapshot, Label kept, SessionReader reader)
    {
        var joined = LabelAlgebra.Join(snapshot.Vocabulary, reader.Label, kept);
        return joined.Label is { } label
            ? Decide(snapshot, new LabelPair(label, reader.Label), DestinationKind.Caller, reader.Place).Refusal
            : Refused(DestinationKind.Caller.Text(), [joined.Fault.Id()]);
    }

    /// <summary>
    /// Turns of a conversation that the reader may read: none of them lies above it, unless the conversation's class was lowered in the
    /// table. Then each is decided about under both.
    /// </summary>
    /// <returns>Null where all may.</returns>
    public static Refusal? Read(PolicySnapshot snapshot, Label conversation, IReadOnlyList<StoredTurn> turns, SessionReader reader) => turns
        .Select(turn => turn.Label).Distinct()
        .Select(kept => LabelAlgebra.Join(snapshot.Vocabulary, conversation, kept) is { Label: { } joined } ? Read(snapshot, joined, reader) : SessionRefusals.Above)
        .FirstOrDefault(refusal => refusal is not null);

    /// <summary>Whether a turn that was let in under a label was let in for all of its history.</summary>
    public static bool Covers(PolicySnapshot snapshot, Label admitted, IReadOnlyList<StoredTurn> history) =>
        history.All(turn => LabelAlgebra.Join(snapshot.Vocabulary, admitted, turn.Label).Label == admitted);

    /// <summary>Labels of what a reader may read: all of the vocabulary that go with its own.</summary>
    public static IReadOnlyList<Label> Readable(PolicySnapshot snapshot, SessionReader reader) =>
    [
        .. from jurisdiction in snapshot.Vocabulary.Jurisdictions.Ids
           from @class in snapshot.Vocabulary.Classes
           let kept = reader.Label with { Jurisdiction = jurisdiction, Class = @class }
           where Read(snapshot, kept, reader) is null
           select kept,
    ];

    /// <summary>Whether a payload of these labels may go there. An allow that asks for what this cluster does not do is none.</summary>
    /// <returns>No refusal where it may; and what the allow asks for.</returns>
    public static (Refusal? Refusal, IReadOnlyList<Obligation> Obligations) Decide(
        PolicySnapshot snapshot, in LabelPair labels, DestinationKind kind, Place? place)
    {
        var decision = snapshot.Decide(labels, Destination.At(kind, place ?? default)).ToDecision();
        return decision.Effect is not Effect.Allow ? (Refused(kind.Text(), decision.Rules), [])
            : KeptObligations.Unmet(decision.Obligations, stores: kind is DestinationKind.SessionStore) is { } unmet
                ? (Refused(kind.Text(), [unmet.Text()]), [])
                : (null, decision.Obligations);
    }

    private static Refusal Refused(string at, IReadOnlyList<string> rules) =>
        new(Errors.ResidencyDenied, $"Policy denies this ({at}) by {string.Join(", ", rules)}.") { Rules = rules, RefusedAt = at };
}
