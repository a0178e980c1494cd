using System.Diagnostics.Metrics;
using Bailiwick.Protocol;
using Bailiwick.Silo.Hosting;

namespace Bailiwick.Silo.Shards;

/// <summary>The replicas of this worker, by model; on a gateway also whether there is a replica to send anything to.</summary>
internal sealed class ShardsObserved(SiloRoles roles, ReplicaHosts hosts, ReplicaBoard board, DrainState drain) : IObserved
{
    public string? Unready
    {
        get
        {
            if (drain.IsDraining)
            {
                return "This node is being taken out of service.";
            }

            if (roles.HasFlag(SiloRoles.Gateway) && !board.Current.IsSettled)
            {
                return "This gateway does not know the cluster's models yet.";
            }

            var replicas = roles.HasFlag(SiloRoles.Gateway)
                ? board.Current.Models.SelectMany(model => model.Replicas)
                : hosts.All.Select(Replica).OfType<Replica>();
            return replicas.Any(replica => replica.Phase is ReplicaPhase.Ready) ? null : "No replica of any model is ready.";
        }
    }

    public void Measure(Meter meter)
    {
        meter.CreateObservableGauge(
            "bailiwick.replica.ready", () => Each(replica => replica.Phase is ReplicaPhase.Ready ? 1 : 0), null,
            "1 where this worker's replica decodes.");
        meter.CreateObservableGauge("bailiwick.turns.active", () => Each(replica => replica.Active), null, "Turns that this worker decodes.");
        meter.CreateObservableGauge(
            "bailiwick.turns.waiting", () => Each(replica => replica.Waiting), null, "Turns that wait for KV blocks on this worker.");
        meter.CreateObservableGauge(
            "bailiwick.queue.wait", () => Each(replica => replica.ExpectedWaitMs / 1000.0), "s",
            "Time that a new turn would wait on this worker, from measurement.");
        meter.CreateObservableGauge("bailiwick.kv.blocks", Blocks, null, "KV blocks of this worker's replica, by state.");
        meter.CreateObservableCounter(
            "bailiwick.decoder.iterations", () => Counted(host => host.Iterations), null,
            "Passes of the decoder's loop, idle ones included; begins anew with each decoder.");
        meter.CreateObservableCounter(
            "bailiwick.decoder.losses", () => Counted(host => host.Losses), null, "Decoders that were lost: crashed, hung or above their memory.");
    }

    private static Replica? Replica(ReplicaHost host) => host.Report(draining: false, silo: "")?.Replicas[0];

    private IEnumerable<Measurement<T>> Each<T>(Func<Replica, T> value)
        where T : struct =>
        from replica in hosts.All.Select(Replica).OfType<Replica>()
        select new Measurement<T>(value(replica), Model(replica.Model));

    private IEnumerable<Measurement<long>> Counted(Func<ReplicaHost, long> value) =>
        from host in hosts.All
        let replica = Replica(host)
        where replica is not null
        select new Measurement<long>(value(host), Model(replica.Model));

    private IEnumerable<Measurement<int>> Blocks()
    {
        foreach (var replica in hosts.All.Select(Replica).OfType<Replica>())
        {
            var all = replica.Abilities?.KvBlocks ?? 0;
            yield return new Measurement<int>(replica.KvBlocksFree, Model(replica.Model), new("state", "free"));
            yield return new Measurement<int>(Math.Max(0, all - replica.KvBlocksFree), Model(replica.Model), new("state", "used"));
        }
    }

    private static KeyValuePair<string, object?> Model(string name) => new("model", name);
}
