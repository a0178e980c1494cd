using System.Text;
using Bailiwick.Protocol;
using Bailiwick.Silo.Hosting;

namespace Bailiwick.Silo.Shards;

/// <summary>Picks the replica of a turn. Pure: the same snapshot, request and turn give the same choice on every gateway.</summary>
internal static class Router
{
    /// <summary>Chooses among the replicas of one model.</summary>
    public static Route Choose(ServedModel model, RouteRequest request)
    {
        var build = request.Build ?? model.Build;
        List<Replica> able = [];
        foreach (var replica in model.Replicas)
        {
            if (replica.Phase == ReplicaPhase.Ready && replica.Abilities is not null && !replica.Draining && replica.Build == build
                && request.Zones.Contains(replica.Zone) && !IsExcluded(replica, request))
            {
                able.Add(replica);
            }
        }

        if (able.Count == 0)
        {
            return new NoRoute(WhyNone(model, request, build));
        }

        var fitting = able.FindAll(replica => Blocks(replica, request) <= replica.Abilities!.KvBlocks);
        if (fitting.Count == 0)
        {
            var most = able.Max(replica => (long)replica.Abilities!.KvBlocks * replica.Abilities.KvBlockTokens);
            return new NoRoute(new Refusal(
                Errors.TooLarge,
                $"The prompt and the longest answer need {request.Tokens} tokens; a replica of {model.Name} holds {most}."));
        }

        var free = fitting.FindAll(replica => IsFree(replica, request));
        if (free.Count > 0)
        {
            return new StartRoute(free.MinBy(replica => (OtherClass(replica, request), replica.Active, Draw(replica, request)))!);
        }

        var next = fitting.MinBy(replica =>
            (OtherClass(replica, request), replica.ExpectedWaitMs, replica.Waiting, Draw(replica, request)))!;
        return Queue(model, fitting, next);
    }

    private static Route Queue(ServedModel model, List<Replica> fitting, Replica next)
    {
        var least = fitting.Min(replica => replica.ExpectedWaitMs);
        var wait = TimeSpan.FromMilliseconds(least);
        if (wait > WaitEstimate.Longest)
        {
            var excess = wait - WaitEstimate.Longest;
            return new NoRoute(new Refusal(
                Errors.Queue, $"Every replica of {model.Name} has more work than it can begin in {WaitEstimate.Longest.TotalSeconds:0} s.")
            {
                RetryAfter = excess > TimeSpan.FromSeconds(1) ? excess : TimeSpan.FromSeconds(1),
            });
        }

        return new QueueRoute(next, TimeSpan.FromMilliseconds(next.ExpectedWaitMs));
    }

    private static bool IsFree(Replica replica, RouteRequest request) =>
        replica.Waiting == 0 && replica.Active < ReplicaHost.MostActive && Blocks(replica, request) <= replica.KvBlocksFree;

    private static long Blocks(Replica replica, RouteRequest request)
    {
        var size = Math.Max(1, replica.Abilities!.KvBlockTokens);
        return Math.Max(1, ((long)request.Tokens + size - 1) / size);
    }

    private static bool OtherClass(Replica replica, RouteRequest request) =>
        request.CpuClass is { } wanted && replica.Abilities!.CpuClass != wanted;

    // A node that came back with another decoder is another replica.
    private static bool IsExcluded(Replica replica, RouteRequest request)
    {
        foreach (var lost in request.Excluded)
        {
            if (lost.Zone == replica.Zone && lost.Node == replica.Node && lost.Silo == replica.Silo
                && lost.Abilities?.Decoder == replica.Abilities?.Decoder)
            {
                return true;
            }
        }

        return false;
    }

    // Rendezvous by FNV-1a (draft-eastlake-fnv): equals share their turns, and each turn has one order of them.
    private static uint Draw(Replica replica, RouteRequest request)
    {
        var hash = 2166136261u;
        foreach (var part in (ReadOnlySpan<string>)[request.Turn, replica.Zone, replica.Node])
        {
            foreach (var letter in part)
            {
                hash = (hash ^ letter) * 16777619u;
            }

            hash = (hash ^ '/') * 16777619u;
        }

        // FNV's last letters barely reach its high bits, by which the smallest is found.
        hash ^= hash >> 16;
        hash *= 0x7feb352du;
        return hash ^ (hash >> 15);
    }

    private static Refusal WhyNone(ServedModel model, RouteRequest request, string build)
    {
        var near = model.Replicas.Where(replica => request.Zones.Contains(replica.Zone)).ToList();
        if (near.Count == 0)
        {
            return new Refusal(Errors.NoReplica, model.Replicas.Count == 0
                ? $"No node serves {model.Name} at the moment."
                : $"No node in a zone that policy allows serves {model.Name}.");
        }

        var built = near.FindAll(replica => replica.Build == build || replica.Build.Length == 0 || replica.Phase != ReplicaPhase.Ready);
        if (built.Count == 0)
        {
            return new Refusal(Errors.NoReplica, $"No node has this build of {model.Name}.");
        }

        if (built.TrueForAll(replica => replica.Draining))
        {
            return new Refusal(Errors.Draining, $"Every node that serves {model.Name} is being taken out of service.");
        }

        var text = new StringBuilder($"No replica of {model.Name} is ready:");
        foreach (var phase in built.Where(replica => !replica.Draining).GroupBy(Word).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            text.Append(text[^1] == ':' ? " " : ", ").Append(phase.Count()).Append(' ').Append(phase.Key);
        }

        return new Refusal(Errors.NoReplica, text.Append('.').ToString());

        string Word(Replica replica) => replica.Phase switch
        {
            ReplicaPhase.Importing => "importing",
            ReplicaPhase.Loading => "loading",
            ReplicaPhase.Failed => "failed",
            _ => "lost",
        };
    }
}
