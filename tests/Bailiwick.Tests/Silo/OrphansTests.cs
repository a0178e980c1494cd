using Bailiwick.Evidence;
using Bailiwick.Protocol;
using Bailiwick.Silo.Audit;
using Bailiwick.Silo.Cluster;
using Orleans.Runtime;

namespace Bailiwick.Tests.Silo;

/// <summary>Which turns the reaper closes, and when.</summary>
public sealed class OrphansTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 29, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Lease = Orphans.Lease;
    private static readonly OpenIntent Intent = new(TreeHash.From(new byte[32]), "local-1/g1", Noon);

    private readonly Orphans _orphans = new();

    [Theory]
    [InlineData(true)] // nobody is left
    [InlineData(false, "g1 Active -60")]
    [InlineData(false, "g1 Active 0")] // started at that moment
    [InlineData(false, "g1 ShuttingDown -60")]
    [InlineData(true, "g1 Dead -60")]
    [InlineData(true, "g1 Dead -60", "g1 Active 5")] // started again
    [InlineData(false, "g1 Active -60", "g1 Joining 5")] // started again, not declared dead yet
    [InlineData(true, "g2 Active -60")]
    public void Intent_ByTheStateOfItsSilo_IsAnOrphanOrNot(bool isDue, params string[] known)
    {
        ClusterNode[] nodes =
        [
            .. known.Select(node => node.Split(' ')).Select(words => Node(
                words[0], Enum.Parse<SiloStatus>(words[1]), int.Parse(words[2], System.Globalization.CultureInfo.InvariantCulture))),
        ];
        Assert.Empty(_orphans.Due([Intent], nodes, TimeSpan.Zero));
        Assert.Empty(_orphans.Due([Intent], nodes, Lease - TimeSpan.FromMilliseconds(1)));
        Assert.Equal(isDue, _orphans.Due([Intent], nodes, Lease).Count == 1);
    }

    [Fact]
    public void Intent_WhoseSiloIsBackForAMoment_HasItsWholeLeaseAgain()
    {
        ClusterNode[] alive = [Node("g1", SiloStatus.Active, -60)];
        Assert.Empty(_orphans.Due([Intent], [], TimeSpan.Zero));
        Assert.Empty(_orphans.Due([Intent], alive, Lease / 2));
        Assert.Empty(_orphans.Due([Intent], [], Lease));
        Assert.Equal([Intent], _orphans.Due([Intent], [], Lease * 2));
    }

    [Fact]
    public void Intent_ThatWasClosed_IsForgotten()
    {
        Assert.Empty(_orphans.Due([Intent], [], TimeSpan.Zero));
        Assert.Empty(_orphans.Due([], [], Lease));
        Assert.Empty(_orphans.Due([Intent], [], Lease));
    }

    [Fact]
    public void Lead_IsTheFirstLivingGateway()
    {
        ClusterNode[] nodes =
        [
            Node("g3", SiloStatus.Active, 0), Node("g1", SiloStatus.Dead, 0), Node("g2", SiloStatus.Active, 0),
            Node("a-worker", SiloStatus.Active, 0) with { Roles = SiloRoles.Worker },
        ];

        Assert.Equal(["local-1/g2"], nodes.Select(node => $"local-1/{node.Node}").Where(silo => Orphans.IsLead(nodes, silo)));
        Assert.False(Orphans.IsLead([], "local-1/g1"));
    }

    private static ClusterNode Node(string name, SiloStatus status, int startedAfter) => new(
        "local-1", name, status is SiloStatus.Dead ? SiloRoles.None : SiloRoles.Gateway, status, "127.0.0.1:1",
        Noon.AddSeconds(startedAfter), Noon);
}
