using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Bailiwick.Evidence;
using Bailiwick.Silo.Audit;
using Bailiwick.Silo.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bailiwick.Benchmarks;

/// <summary>How many records a second group commit takes on this machine, and how long one waits, by the intake's own login.</summary>
internal static class RecordBenchmark
{
    /// <param name="configuration">A silo's configuration, of a site that may be thrown away: the records stay in its log.</param>
    /// <param name="cancellationToken">Ends the writing.</param>
    public static async Task<JsonObject> MeasureAsync(string configuration, CancellationToken cancellationToken)
    {
        var database = SiloFile.Read(configuration).Options?.Database.Intake ?? throw new InvalidOperationException("No database.intake in the configuration.");
        var spool = Path.Combine(Scratch.Folder(), "spool");
        var intake = new Intake(database, spool, "benchmark/records", TimeProvider.System, NullLogger<Intake>.Instance);
        await intake.StartAsync(cancellationToken);
        var figures = new JsonObject();
        foreach (var (writers, records) in new[] { (1, 1_000), (64, 20_000) })
        {
            await WriteAsync(intake, writers, writers * 10, cancellationToken);
            var began = Stopwatch.GetTimestamp();
            var waits = await WriteAsync(intake, writers, records, cancellationToken);
            var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
            Array.Sort(waits);
            figures[$"{writers} writers"] = new JsonObject
            {
                ["records_per_second"] = Math.Round(records / seconds),
                ["wait_p50_ms"] = Math.Round(waits[records / 2], 2),
                ["wait_p95_ms"] = Math.Round(waits[records * 95 / 100], 2),
                ["wait_p99_ms"] = Math.Round(waits[records * 99 / 100], 2),
            };
        }

        await intake.StopAsync(cancellationToken);
        return figures;
    }

    private static async Task<double[]> WriteAsync(Intake intake, int writers, int records, CancellationToken cancellationToken)
    {
        var waits = new double[records];
        await Task.WhenAll(Enumerable.Range(0, writers).Select(writer => Task.Run(
            async () =>
            {
                for (var turn = writer; turn < records; turn += writers)
                {
                    var began = Stopwatch.GetTimestamp();
                    // A denial belongs to no turn: nothing stays open.
                    _ = await intake.WriteAsync(origin => Denial(origin, $"t-{turn}"), cancellationToken)
                        ?? throw new InvalidOperationException("The database does not take records.");
                    waits[turn] = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
                }
            },
            cancellationToken)));
        return waits;
    }

    private static DenyLeaf Denial(LeafOrigin origin, string turn) => new(
        origin, turn, null, null, new CallerPart("benchmark", null, null), null,
        new DecisionPart(Effect.Deny, 1, TreeHash.From(SHA256.HashData("benchmark"u8)), ["!no-match"], [], []));
}
