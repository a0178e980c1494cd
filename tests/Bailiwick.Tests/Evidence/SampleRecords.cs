using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Bailiwick.Evidence;

namespace Bailiwick.Tests.Evidence;

/// <summary>A day of a small cluster: turns of three silos and the records around them, by a seed, all consistent.</summary>
internal sealed class SampleRecords(int seed)
{
    private static readonly string[] Zones = ["de-by-1", "de-by-2", "de-nw-1"];

    private readonly Random _random = new(seed);
    private readonly Dictionary<string, TreeHash> _last = [];
    private readonly List<TreeHash> _open = [];
    private DateTimeOffset _time = new(2026, 3, 2, 6, 0, 0, TimeSpan.Zero);
    private int _turn;

    public IEnumerable<Leaf> Take(int count)
    {
        for (var i = 0; i < count; i++)
        {
            var leaf = Next();
            var hash = TreeHasher.Leaf(leaf.ToBytes());
            _last[leaf.Origin.Silo] = hash;
            if (leaf is IntentLeaf)
            {
                _open.Add(hash);
            }

            yield return leaf;
        }
    }

    /// <summary>One leaf of each kind with all its fields, or with only those that it must have.</summary>
    public static IReadOnlyList<Leaf> OfEachKind(bool full)
    {
        var origin = new LeafOrigin(
            new DateTimeOffset(2026, 3, 2, 9, 30, 0, 125, TimeSpan.Zero), "silo-by-1", full ? Digest("previous") : null);
        var label = new LabelPart("eu.de.by", "restricted", "casework", "by-stmi");
        var higher = label with { Class = "secret" };
        var caller = new CallerPart("p-4f1c2a", full ? "de-by-1" : null, full ? "certificate" : null);
        var executor = new ExecutorPart(
            "node-7", "de-by-1", ZoneEvidence.HostBound, "dec-3", "sha256:" + Digest("build"), "sha256:" + Digest("runtime"), "x86-64-v4");
        var sampler = full
            ? new SamplerPart(42, 512, 700_000, 40, 950_000, 50_000, 1_100_000, -250_000, 0)
            : new SamplerPart(42, 512, 0);
        var allow = new DecisionPart(Effect.Allow, 7, Digest("policy"), ["BY-1", "BY-4"], [], ["no-text"]);
        var deny = new DecisionPart(
            Effect.Deny, 7, Digest("policy"), ["!no-match"], full ? ["BY-1"] : [], [], full ? ["raised"] : null, full ? "caller" : null);
        var counts = full ? new CountsPart(812, 256, 190) : null;
        var timings = full ? new TimingsPart(3, 180, 2450) : null;
        TreeHash? prompt = full ? Digest("prompt") : null;
        TreeHash? answer = full ? Digest("answer") : null;
        string? Maybe(string text) => full ? text : null;
        return
        [
            new IntentLeaf(
                origin, "t-000017", Maybe("c-3301"), full ? higher : label, full ? label : null, caller, "smollm2-135m-instruct", executor, sampler, allow),
            new OutcomeLeaf(origin, Digest("intent"), Finish.ToolCalls, counts, timings, prompt, answer),
            new MovedLeaf(origin, Digest("intent"), 57, MoveCause.MissedHeartbeats, executor with { Node = "node-8" }, allow),
            new DenyLeaf(origin, "t-000018", full ? higher : null, full ? label : null, caller, Maybe("smollm2-135m-instruct"), deny),
            new AmendedLeaf(origin, Digest("intent"), Digest("outcome"), AmendCause.LateReport, Finish.Stop, counts, prompt, answer),
            new PolicyLeaf(
                origin, full ? PolicyAct.BreakGlassOpened : PolicyAct.Activated, 8, Digest("policy"), ["p-91", "p-77"], Maybe("flood"), full ? origin.Time.AddHours(4) : null),
            new ModelLeaf(origin, ModelAct.Approved, "smollm2-135m-instruct", "sha256:" + Digest("build"), full ? Digest("entry") : null, Maybe("p-12")),
            new SiloLeaf(origin, SiloAct.DeclaredDead, "silo-by-2", "node-8", "de-by-2", ZoneEvidence.Tpm, "sha256:" + Digest("software")),
            new KeyLeaf(origin, KeyAct.Rotated, "log", "log.example/a+00000000+AVoC=", Maybe("log.example/a+00000001+AVoD="), Maybe("p-12")),
            new ConfigLeaf(origin, ConfigAct.Applied, "gateway", Digest("config"), Maybe("p-12")),
            new AdminLeaf(origin, "p-12", "drain-silo", Maybe("silo-by-2"), Maybe("by-stmi"), Maybe("p-13")),
            new ReadLeaf(origin, "p-12", "by-stmi", "c-3301", "file-2026-117", 4),
            new ExportLeaf(origin, "p-12", "file-2026-117", 5000, Digest("manifest")),
            new ErasureLeaf(origin, "rule-30d", "by-stmi", "c-3301", "gdpr-17-1-a", 4),
            new HoldLeaf(origin, HoldAct.Placed, "p-12", "by-stmi", "c-3301", "file-2026-117"),
            new HeartbeatLeaf(origin, 31, 0, full ? -12 : null),
            new ReconcileLeaf(origin, 0, 5000, 2100, 2099, 1, 0),
            new DrillLeaf(origin, "restore-from-backup", DrillResult.Passed, 41_000, "p-12"),
        ];
    }

    private static TreeHash Digest(string of) => TreeHash.From(SHA256.HashData(Encoding.ASCII.GetBytes(of)));

    private Leaf Next()
    {
        var silo = "silo-" + Zones[_random.Next(Zones.Length)];
        _time = _time.AddMilliseconds(_random.Next(1, 4000));
        var origin = new LeafOrigin(_time, silo, _last.TryGetValue(silo, out var last) ? last : null);
        var dice = _random.Next(100);
        if (dice < 42 && _open.Count > 0)
        {
            var at = _random.Next(_open.Count);
            var intent = _open[at];
            _open.RemoveAt(at);
            return new OutcomeLeaf(
                origin,
                intent,
                (Finish)_random.Next(4),
                new CountsPart(_random.Next(1, 4000), _random.Next(256), _random.Next(1, 900)),
                new TimingsPart(_random.Next(20), _random.Next(40, 900), _random.Next(900, 20_000)),
                Digest($"p{_random.Next()}"),
                Digest($"a{_random.Next()}"));
        }

        return dice < 90 ? Turn(origin, isAllowed: dice < 84) : Other(origin, _random.Next(6, 18));
    }

    private Leaf Turn(LeafOrigin origin, bool isAllowed)
    {
        var zone = Zones[_random.Next(Zones.Length)];
        var turn = string.Create(CultureInfo.InvariantCulture, $"t-{++_turn:000000}");
        var label = new LabelPart("eu.de.by", _random.Next(3) == 0 ? "restricted" : "internal", "casework", "by-stmi");
        var caller = new CallerPart($"p-{_random.Next(0x1000, 0xffff):x}", zone, "certificate");
        var decision = new DecisionPart(
            isAllowed ? Effect.Allow : Effect.Deny, 7, Digest("policy"), [isAllowed ? "BY-1" : "!no-match"], [], []);
        return isAllowed
            ? new IntentLeaf(
                origin,
                turn,
                _random.Next(2) == 0 ? $"c-{_random.Next(9999)}" : null,
                label,
                null,
                caller,
                "smollm2-135m-instruct",
                new ExecutorPart($"node-{_random.Next(1, 9)}", zone, ZoneEvidence.Enrolled, $"dec-{_random.Next(4)}", "sha256:" + Digest("build"), "sha256:" + Digest("runtime"), "x86-64-v4"),
                new SamplerPart(_random.Next(), 512, 700_000),
                decision)
            : new DenyLeaf(origin, turn, label, null, caller, "smollm2-135m-instruct", decision with { RefusedAt = "silo" });
    }

    /// <summary>One of the kinds around the turns (index 6 and above), with this origin.</summary>
    private static Leaf Other(LeafOrigin origin, int kind) => OfEachKind(full: true)[kind] with { Origin = origin };
}
