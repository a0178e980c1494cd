using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Residency.Requests;

namespace Bailiwick.Silo.Shards;

/// <summary>A gateway's way to the shards of the cluster, its own silo's included.</summary>
internal interface IShards
{
    /// <summary>The latest that is known. Never blocks; a new one replaces it at least once a second.</summary>
    ReplicaSnapshot Current { get; }

    /// <summary>
    /// Runs a turn on one replica: Started, Tokens*, then Finished or Lost, always exactly one of the last two. Never throws for
    /// what can be expected: whatever is lost, late or refused is a frame. Cancelling ends it with Finished (CANCELLED) and frees
    /// the slot within a step; leaving the enumeration does too.
    /// </summary>
    /// <param name="admitted">The payload; its plan must reach the replica's place, else this throws.</param>
    /// <param name="replica">Where.</param>
    /// <param name="turn">Id of the turn.</param>
    /// <param name="emitted">Tokens that have left already: forced one at a time, not emitted again.</param>
    /// <param name="cancellationToken">Ends it.</param>
    IAsyncEnumerable<ShardFrame> RunAsync(
        Admitted<Submit> admitted, Replica replica, string turn, IReadOnlyList<int> emitted, CancellationToken cancellationToken);

    /// <summary>A text call (tokenize, count) on one replica. Null where the replica is out of reach.</summary>
    Task<TextReply?> CallAsync(Admitted<TextCall> admitted, Replica replica, CancellationToken cancellationToken);
}
