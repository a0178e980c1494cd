using Bailiwick.Protocol;
using Bailiwick.Protocol.Operations.V1;
using Bailiwick.Silo.Api.Auth;
using Bailiwick.Silo.Cluster;
using Bailiwick.Silo.Shards;
using Google.Protobuf.WellKnownTypes;

namespace Bailiwick.Silo.Api.Grpc;

/// <summary>Silos, shards and keys in the words of the operations protocol.</summary>
internal static class NodeText
{
    public static Node Of(ClusterNode node, ReplicaSnapshot snapshot)
    {
        var living = node.Status != SiloStatus.Dead;
        var replicas = snapshot.Models.SelectMany(model => model.Replicas)
            .Where(replica => living && replica.Zone == node.Zone && replica.Node == node.Node).ToList();
        return new Node
        {
            Zone = node.Zone,
            Node_ = node.Node,
            Roles = { node.Roles == SiloRoles.None ? [] : SiloIdentity.Format(node.Roles).Split('+') },
            Status = node.Status.ToString(),
            Address = node.Address,
            Started = Timestamp.FromDateTimeOffset(node.Started),
            Alive = Timestamp.FromDateTimeOffset(node.Alive),
            Draining = replicas.Any(replica => replica.Draining),
            Shards = { replicas.Select(Of) },
        };
    }

    public static Key Of(ApiKey key) => new()
    {
        Id = key.Id,
        Name = key.Name,
        Jurisdiction = key.Label.Jurisdiction,
        Class = key.Label.Class,
        Purpose = key.Label.Purpose,
        Tenant = key.Label.Tenant,
        Scopes = { key.Scopes },
        Created = Timestamp.FromDateTimeOffset(key.Created),
        Expires = Timestamp.FromDateTimeOffset(key.Expires),
        Revoked = key.Revoked is { } revoked ? Timestamp.FromDateTimeOffset(revoked) : null,
    };

    private static Shard Of(Replica replica) => new()
    {
        Model = replica.Model,
        Build = replica.Build,
        State = replica.Phase.ToString(),
        Reason = replica.Reason,
        KvBlocks = replica.Abilities?.KvBlocks ?? 0,
        KvBlocksFree = replica.KvBlocksFree,
        Active = replica.Active,
        Waiting = replica.Waiting,
    };
}
