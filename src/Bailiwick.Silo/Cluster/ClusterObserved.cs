using System.Diagnostics.Metrics;
using Bailiwick.Silo.Hosting;

namespace Bailiwick.Silo.Cluster;

/// <summary>How many silos this one sees: two silos that disagree for long are two clusters.</summary>
internal sealed class ClusterObserved(IClusterMembershipService membership) : IObserved
{
    // A silo answers its ports only as a member.
    public string? Unready => null;

    public void Measure(Meter meter) => meter.CreateObservableGauge(
        "bailiwick.silos",
        () => membership.CurrentSnapshot.Members.Values.Count(member => member.Status == SiloStatus.Active),
        null,
        "Active silos, as this one sees the membership.");
}
