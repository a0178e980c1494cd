using System.Security.Cryptography;
using System.Text;
using Bailiwick.Evidence;

namespace Bailiwick.EndToEnd.Tests.Audit;

/// <summary>Leaves of a turn, as gateways make them.</summary>
internal static class Leaves
{
    public static IntentLeaf Intent(LeafOrigin origin, string turn, string tenant = "demo") => new(
        origin, turn, null, new LabelPart("local", "internal", "casework", tenant), null, new CallerPart("k-0123456789abcdef", "local-1", "network"),
        "smollm2-135m-instruct",
        new ExecutorPart("n1", "local-1", ZoneEvidence.Enrolled, "dec-1", "sha256:" + Digest("build"), "sha256:" + Digest("runtime"), "x86-64-v4"),
        new SamplerPart(42, 256, 0), new DecisionPart(Effect.Allow, 7, Digest("policy"), ["L-1"], [], []));

    public static OutcomeLeaf Outcome(LeafOrigin origin, TreeHash intent) => new(
        origin, intent, Finish.Stop, new CountsPart(12, 0, 7), new TimingsPart(1, 20, 80), Digest("prompt"), Digest("answer"));

    public static DenyLeaf Deny(LeafOrigin origin, string turn) => new(
        origin, turn, new LabelPart("local", "secret", "casework", "demo"), null, new CallerPart("k-0123456789abcdef", "local-1", "network"), null,
        new DecisionPart(Effect.Deny, 7, Digest("policy"), ["!no-match"], [], []));

    private static TreeHash Digest(string text) => TreeHash.From(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
