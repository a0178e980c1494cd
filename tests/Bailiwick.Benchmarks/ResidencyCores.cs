using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Bailiwick.Residency;
using Bailiwick.Residency.Analysis;
using Bailiwick.Residency.Decisions;
using Bailiwick.Residency.Loading;

namespace Bailiwick.Benchmarks;

/// <summary>
/// What a residency decision and a policy diff cost, on the largest policy of the corpus and on one that is made as
/// large as a file may be. Figures compare with each other on one machine only.
/// </summary>
internal static class ResidencyCores
{
    private const int Sittings = 5;
    private const int Decisions = 200_000;

    /// <param name="fixtures">The folder tests/fixtures/residency.</param>
    public static JsonObject Measure(string fixtures)
    {
        var at = new DateTimeOffset(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);
        var union = Load(File.ReadAllBytes(Path.Combine(fixtures, "policies", "03-union.yaml"))).InForce(at, []);
        var edited = Load(File.ReadAllBytes(Path.Combine(fixtures, "edits", "03-gibraltar-joins.yaml"))).InForce(at, []);
        var made = Load(Encoding.UTF8.GetBytes(ResidencyLargePolicy.Yaml)).InForce(at, []);
        return new JsonObject
        {
            ["corpus_largest"] = MeasureDecisions(union),
            ["diff"] = MeasureDiff(union, edited),
            ["made_large"] = MeasureDecisions(made),
        };
    }

    private static JsonObject MeasureDecisions(PolicySnapshot snapshot)
    {
        var asked = Draw(snapshot);
        var ticks = new long[Decisions];
        var (p50, p99, bytes) = (new double[Sittings], new double[Sittings], new long[Sittings]);
        Run(snapshot, asked, ticks);
        for (var sitting = 0; sitting < Sittings; sitting++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            Run(snapshot, asked, ticks);
            bytes[sitting] = GC.GetAllocatedBytesForCurrentThread() - before;
            Array.Sort(ticks);
            p50[sitting] = Microseconds(ticks[Decisions / 2]);
            p99[sitting] = Microseconds(ticks[Decisions * 99 / 100]);
        }

        return new JsonObject
        {
            ["policy"] = snapshot.Policy.Name,
            ["rules"] = snapshot.RulesInForce.Count(),
            ["combinations"] = Domain.Of(snapshot.Vocabulary).Size.ToString(),
            ["decisions_per_sitting"] = Decisions,
            ["p50_us"] = Median(p50),
            ["p99_us"] = Median(p99),
            ["allocated_bytes"] = bytes.Max(),
        };
    }

    /// <summary>Each decision is timed by itself; the clock's own cost is inside.</summary>
    private static void Run(PolicySnapshot snapshot, (LabelPair Labels, Destination Destination)[] asked, long[] ticks)
    {
        for (var i = 0; i < ticks.Length; i++)
        {
            ref var question = ref asked[i % asked.Length];
            var start = Stopwatch.GetTimestamp();
            _ = snapshot.Decide(question.Labels, question.Destination);
            ticks[i] = Stopwatch.GetTimestamp() - start;
        }
    }

    private static JsonObject MeasureDiff(PolicySnapshot before, PolicySnapshot after)
    {
        var seconds = new double[Sittings];
        var widened = 0;
        for (var sitting = 0; sitting < Sittings; sitting++)
        {
            var start = Stopwatch.GetTimestamp();
            var diff = PolicyDiff.Between(before, after);
            _ = diff.Widened.Sha256;
            seconds[sitting] = Stopwatch.GetElapsedTime(start).TotalSeconds;
            widened = diff.Widened.Count;
        }

        return new JsonObject
        {
            ["combinations"] = Domain.Union(before.Vocabulary, after.Vocabulary).Size.ToString(),
            ["widened"] = widened,
            ["seconds"] = Median(seconds),
        };
    }

    /// <summary>
    /// Labels and destinations of the policy's own lists, drawn with a seed: every third raised, every second within
    /// the tenant's home and at an attested place, where the rules must be looked at.
    /// </summary>
    private static (LabelPair Labels, Destination Destination)[] Draw(PolicySnapshot snapshot)
    {
        var random = new Random(20260601);
        var words = snapshot.Vocabulary;
        return [.. Enumerable.Range(0, 4096).Select(i =>
        {
            var tenant = random.Next(words.Tenants.Count);
            var jurisdiction = i % 2 == 0 ? words.Jurisdictions.Ids[words.HomeOfTenant(tenant)] : Pick(words.Jurisdictions.Ids);
            var label = new Label(jurisdiction, Pick(words.Classes), Pick(words.Purposes), words.Tenants[tenant]);
            var credential = i % 3 == 0 ? label with { Class = words.Classes[0] } : label;
            return (new LabelPair(label, credential), new Destination(Pick(DestinationKinds.Ids), Pick(words.Zones), i % 2 == 0 ? "attestation" : Pick(Proofs.Ids)));
        })];

        string Pick(IdList list) => list[random.Next(list.Count)];
    }

    private static CompiledPolicy Load(byte[] yaml)
    {
        var load = PolicyLoader.Load(yaml);
        return load.Policy ?? throw new InvalidDataException(load.Faults[0].ToString());
    }

    private static double Microseconds(long ticks) => Math.Round(ticks * 1e6 / Stopwatch.Frequency, 3);

    private static double Median(double[] values) => Math.Round(values.Order().ElementAt(values.Length / 2), 4);
}
