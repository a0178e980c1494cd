using Bailiwick.Evidence;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Residency.Decisions;
using Bailiwick.Silo.Shards;
using Label = Bailiwick.Residency.Label;

namespace Bailiwick.Silo.Turns;

/// <summary>The records of a turn, made from what is known of it. Pure; ids and numbers only, never a request's own words.</summary>
internal static class TurnRecords
{
    private const decimal Million = 1_000_000m;

    public static Func<LeafOrigin, Leaf> Intent(
        string turn, string? conversation, TurnAdmission admission, Caller caller, Replica replica, Submit submit, DecisionPart decision)
    {
        var (label, credential) = (Part(admission.Verdict.Label!), Part(caller.Label));
        var intent = new IntentLeaf(
            Unwritten, turn, conversation, label, label == credential ? null : credential, Part(caller), admission.Model.Name,
            Executor(replica), Sampler(submit), decision);
        return origin => intent with { Origin = origin };
    }

    public static Func<LeafOrigin, Leaf> Moved(
        TreeHash intent, long at, ShardLoss loss, Caller caller, Replica replica, DecisionPart decision)
    {
        var cause = loss switch
        {
            ShardLoss.MissedHeartbeats => MoveCause.MissedHeartbeats,
            ShardLoss.DeclaredDead => MoveCause.DeclaredDead,
            ShardLoss.Drain => MoveCause.Drain,
            _ => MoveCause.Reset,
        };
        var moved = new MovedLeaf(Unwritten, intent, at, cause, Executor(replica), decision);
        return origin => moved with { Origin = origin };
    }

    public static Func<LeafOrigin, Leaf> Outcome(TreeHash intent, Finish finish, TurnProgress progress)
    {
        var outcome = new OutcomeLeaf(Unwritten, intent, finish, progress.Counts, progress.Timings, progress.Prompt, progress.Answer());
        return origin => outcome with { Origin = origin };
    }

    /// <param name="target">Id of the kept turn that was gone on with.</param>
    /// <param name="items">Turns of others in its history.</param>
    /// <param name="caller">Who went on with it.</param>
    public static Func<LeafOrigin, Leaf> Read(string target, int items, Caller caller)
    {
        var read = new ReadLeaf(Unwritten, caller.KeyId, caller.Label.Tenant!, target, "tenant", items);
        return origin => read with { Origin = origin };
    }

    public static Func<LeafOrigin, Leaf> Deny<T>(string turn, PolicySnapshot snapshot, GateVerdict<T> verdict, Caller caller, string model)
    {
        var denial = verdict.Denial!;
        // The request's own label may hold any text: only words of the policy stand in a record.
        var label = verdict.Label is { } asked && IsKnown(snapshot, asked) ? Part(asked) : null;
        var credential = IsKnown(snapshot, caller.Label) ? Part(caller.Label) : null;
        var deny = new DenyLeaf(
            Unwritten, turn, label, label == credential ? null : credential, Part(caller), model,
            Decision(Evidence.Effect.Deny, snapshot, denial, verdict.Refusal!.RefusedAt));
        return origin => deny with { Origin = origin };
    }

    private static LeafOrigin Unwritten { get; } = new(DateTimeOffset.UnixEpoch, "unwritten", null);

    private static bool IsKnown(PolicySnapshot snapshot, Label label) =>
        snapshot.Vocabulary.Jurisdictions.Ids.Contains(label.Jurisdiction) && snapshot.Vocabulary.Classes.Contains(label.Class)
        && snapshot.Vocabulary.Purposes.Contains(label.Purpose) && snapshot.Vocabulary.Tenants.Contains(label.Tenant);

    private static LabelPart Part(Label label) => new(label.Jurisdiction!, label.Class!, label.Purpose!, label.Tenant!);

    private static CallerPart Part(Caller caller) => new(caller.KeyId, caller.Place?.Zone, caller.Place?.ProvenBy);

    private static ExecutorPart Executor(Replica replica)
    {
        var abilities = replica.Abilities!;
        return new ExecutorPart(
            replica.Node, replica.Zone, ZoneEvidence.Enrolled, abilities.Decoder, replica.Build, abilities.RuntimeDigest, Id(abilities.CpuClass));
    }

    /// <summary>What a decoder says of its processor has spaces; an id has none.</summary>
    private static string Id(string text) => string.Concat(text.Select(character => character is > ' ' and <= '~' ? character : '-'));

    private static SamplerPart Sampler(Submit submit)
    {
        var sampling = submit.Sampling;
        return new SamplerPart(
            (long)sampling.Seed, submit.MaxTokens, Ppm(sampling.Temperature), sampling.TopK == 0 ? null : sampling.TopK,
            Given(sampling.TopP), Given(sampling.MinP), Given(sampling.RepetitionPenalty), Given(sampling.FrequencyPenalty),
            Given(sampling.PresencePenalty));
    }

    private static long? Given(float value) => value == 0 ? null : Ppm(value);

    /// <summary>Out of any range, a value is refused by the decoder and never drawn with; the record then says the nearest number.</summary>
    private static long Ppm(float value) =>
        float.IsFinite(value) ? (long)decimal.Round((decimal)Math.Clamp(value, -1000f, 1000f) * Million) : 0;

    /// <summary>What allowed this caller and this replica.</summary>
    public static DecisionPart Allowed(TurnAdmission admission, Caller caller, Replica replica)
    {
        var (snapshot, verdict) = (admission.Guard.Snapshot, admission.Verdict);
        var labels = verdict.Plan!.Labels;
        var decisions = new[] { (Residency.DestinationKind.Caller, caller.Place ?? default), (Residency.DestinationKind.Silo, replica.Place) }
            .Select(entry => snapshot.Decide(labels, Residency.Destination.At(entry.Item1, entry.Item2)).ToDecision()).ToList();
        return Decision(
            Evidence.Effect.Allow, snapshot,
            new Decision(
                Residency.Effect.Allow, [.. decisions.SelectMany(one => one.Rules).Distinct()],
                [.. decisions.SelectMany(one => one.Overridden).Distinct()], verdict.Plan.Obligations, null),
            null);
    }

    private static DecisionPart Decision(Evidence.Effect effect, PolicySnapshot snapshot, Decision decision, string? refusedAt)
    {
        _ = TreeHash.TryParseHex(snapshot.Policy.Digest, out var digest);
        return new DecisionPart(
            effect, snapshot.Policy.Epoch, digest, decision.Rules, decision.Overridden,
            [.. decision.Obligations.Select(Residency.Obligations.Text)],
            decision.DeniedFor is { } denied ? [.. denied.Select(one => one is DeniedFor.Raised ? "raised" : "credential")] : null,
            refusedAt);
    }
}
