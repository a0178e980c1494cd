using Bailiwick.Protocol.Inference.V1;
using Bailiwick.Silo.Shards;

namespace Bailiwick.Silo.Api.Grpc;

/// <summary>Models and replicas in the words of the public protocol.</summary>
internal static class ModelText
{
    public static Model Of(ServedModel model)
    {
        var state = State(model);
        return new Model
        {
            Name = model.Name,
            Aliases = { model.Aliases },
            Build = model.Build,
            Family = model.Family,
            Openness = model.Openness,
            Licence = model.Licence,
            ContextTokens = model.ContextTokens,
            State = state,
            Reason = state == ModelState.Failed ? model.Replicas.First(replica => replica.Phase == ReplicaPhase.Failed).Reason : "",
            Replicas = { model.Replicas.Select(Of) },
        };
    }

    /// <summary>That of its best replica; a model without any is about to be built.</summary>
    public static ModelState State(ServedModel model) =>
        model.Replicas.Any(replica => replica.Phase == ReplicaPhase.Ready) ? ModelState.Ready
        : model.Replicas.Any(replica => replica.Phase == ReplicaPhase.Loading) ? ModelState.Loading
        : model.Replicas.Count == 0 || model.Replicas.Any(replica => replica.Phase == ReplicaPhase.Importing) ? ModelState.Importing
        : ModelState.Failed;

    private static Protocol.Inference.V1.Replica Of(Shards.Replica replica) => new()
    {
        Zone = replica.Zone,
        Node = replica.Node,
        // Both enums are on a wire and have the same numbers; a test holds them.
        State = (ModelState)replica.Phase,
        Reason = replica.Reason,
        KvBlocks = replica.Abilities?.KvBlocks ?? 0,
        KvBlocksFree = replica.KvBlocksFree,
        Active = replica.Active,
        Waiting = replica.Waiting,
    };
}
