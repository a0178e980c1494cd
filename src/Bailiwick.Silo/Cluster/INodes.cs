using Bailiwick.Protocol;

namespace Bailiwick.Silo.Cluster;

/// <summary>The silos of this cluster as membership knows them.</summary>
internal interface INodes
{
    /// <summary>Everyone in the membership table, dead ones until they are swept.</summary>
    Task<IReadOnlyList<ClusterNode>> ListAsync(CancellationToken cancellationToken);
}

/// <summary>One silo's entry.</summary>
/// <param name="Zone">Zone id of the policy.</param>
/// <param name="Node">Machine within the zone.</param>
/// <param name="Roles">None where it is not known: the silo is gone or has not answered yet.</param>
/// <param name="Status">Orleans' word.</param>
/// <param name="Address">Address and silo port.</param>
/// <param name="Started">When it joined.</param>
/// <param name="Alive">Its last sign of life in the table.</param>
internal sealed record ClusterNode(
    string Zone, string Node, SiloRoles Roles, SiloStatus Status, string Address, DateTimeOffset Started, DateTimeOffset Alive);
