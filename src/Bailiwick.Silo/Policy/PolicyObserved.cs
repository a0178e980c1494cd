using System.Diagnostics.Metrics;
using Bailiwick.Silo.Hosting;

namespace Bailiwick.Silo.Policy;

/// <summary>Which policy this silo decides with, and for how long it still may.</summary>
internal sealed class PolicyObserved(PolicyBoard board) : IObserved
{
    public string? Unready => board.TryGet(out _, out var refusal) ? null : refusal.Sentence;

    public void Measure(Meter meter)
    {
        meter.CreateObservableGauge(
            "bailiwick.policy.lease", () => board.LeaseLeft.TotalSeconds, "s", "Time until this silo refuses everything unless its policy is renewed.");
        meter.CreateObservableGauge(
            "bailiwick.policy.epoch", () => board.TryGet(out var guard, out _) ? guard.Snapshot.Permit.Epoch : 0, null,
            "Epoch of the policy in force here; 0 without one.");
    }
}
