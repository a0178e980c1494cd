using System.Diagnostics.Metrics;
using Bailiwick.Silo.Hosting;

namespace Bailiwick.Silo.Audit;

/// <summary>How far the log is behind, and whether it takes records.</summary>
/// <param name="intake">Of this silo.</param>
/// <param name="sequencer">Null where the silo is no gateway.</param>
/// <param name="reaper">Likewise.</param>
internal sealed class AuditObserved(Intake intake, Sequencer? sequencer, Reaper? reaper) : IObserved
{
    public string? Unready => intake.IsAvailable ? null : "No evidence can be written now: PostgreSQL does not take records.";

    public void Measure(Meter meter)
    {
        meter.CreateObservableGauge(
            "bailiwick.audit.intake.available", () => intake.IsAvailable ? 1 : 0, null,
            "1 while this silo can write evidence; 0: new turns are refused.");
        meter.CreateObservableGauge(
            "bailiwick.audit.spool.records", () => intake.SpooledRecords, null, "Records on this silo's disk that wait for PostgreSQL.");
        if (sequencer is not { } log)
        {
            return;
        }

        meter.CreateObservableGauge("bailiwick.audit.lag.records", () => log.LagRecords, null, "Durable records that are not in the tree yet.");
        meter.CreateObservableGauge(
            "bailiwick.audit.checkpoint.age", () => log.CheckpointAge.TotalSeconds, "s",
            "Time since a signed checkpoint last covered every record that was ready.");
        meter.CreateObservableCounter(
            "bailiwick.audit.reaped", () => reaper?.Closed ?? 0, null,
            "Turns of silos that are gone, which this silo closed with the outcome unknown.");
        meter.CreateObservableGauge(
            "bailiwick.audit.frozen", () => log.IsFrozen ? 1 : 0, null, "1 where this silo's sequencer signs nothing any more.");
    }
}
