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
            ? Decide(snapshot, new LabelPair(label, reader.Label), DestinationKind.Caller, reader.Place)
            : Refused(DestinationKind.Caller.Text(), [joined.Fault.Id()]);
    }

    /// <summary>Whether a payload of these labels may go there.</summary>
    /// <returns>Null where it may.</returns>
    public static Refusal? Decide(PolicySnapshot snapshot, in LabelPair labels, DestinationKind kind, Place? place)
    {
        var decision = snapshot.Decide(labels, Destination.At(kind, place ?? default)).ToDecision();
        return decision.Effect is Effect.Allow ? null : Refused(kind.Text(), decision.Rules);
    }

    private static Refusal Refused(string at, IReadOnlyList<string> rules) =>
        new(Errors.ResidencyDenied, $"Policy denies this ({at}) by {string.Join(", ", rules)}.") { Rules = rules, RefusedAt = at };
}
