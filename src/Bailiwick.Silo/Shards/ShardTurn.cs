using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Residency;
using Bailiwick.Residency.Epochs;
using Bailiwick.Residency.Requests;
using Google.Protobuf;

namespace Bailiwick.Silo.Shards;

/// <summary>A payload on its way to a shard, with what the shard's own guard decides by. Never logged.</summary>
/// <remarks>An <see cref="Admitted{T}"/> is never sent: the receiver decides again, under the policy that it holds.</remarks>
[GenerateSerializer, Immutable, Alias("bailiwick.shard-payload")]
internal sealed class ShardPayload
{
    /// <summary>A <see cref="Submit"/>, a <see cref="TextCall"/> or a piece of an answer (StoredAnswer), protobuf.</summary>
    [Id(0)]
    public required byte[] Frame { get; init; }

    /// <summary>Jurisdiction, class, purpose, tenant of the label that the request works under.</summary>
    [Id(1)]
    public required string?[] Requested { get; init; }

    /// <summary>The same of the credential's label; null where it is the same label.</summary>
    [Id(2)]
    public required string?[]? Credential { get; init; }

    /// <summary>Epoch of the policy that admitted it.</summary>
    [Id(3)]
    public required long Epoch { get; init; }

    /// <summary>Digest of that policy.</summary>
    [Id(4)]
    public required string PolicyDigest { get; init; }

    public LabelPair Labels => LabelOf(Requested) is var requested && Credential is null
        ? LabelPair.Of(requested)
        : new LabelPair(requested, LabelOf(Credential));

    public Permit Permit => new(Epoch, PolicyDigest);

    public static ShardPayload Of<T>(Admitted<T> admitted, IMessage frame) => new()
    {
        Frame = frame.ToByteArray(),
        Requested = Fields(admitted.Labels.Requested),
        Credential = admitted.Labels.IsRaised ? Fields(admitted.Labels.Credential) : null,
        Epoch = admitted.Permit.Epoch,
        PolicyDigest = admitted.Permit.Digest,
    };

    // A label that is missing has no field: the decision denies both alike.
    internal static string?[] Fields(Label? label) => [label?.Jurisdiction, label?.Class, label?.Purpose, label?.Tenant];

    internal static Label? LabelOf(string?[]? fields) =>
        fields is [var jurisdiction, var kind, var purpose, var tenant] ? new Label(jurisdiction, kind, purpose, tenant) : null;
}

/// <summary>A turn for a shard.</summary>
[GenerateSerializer, Immutable, Alias("bailiwick.shard-turn")]
internal sealed class ShardTurn
{
    /// <summary>Its number on the gateway's link, never used twice there: a turn that comes back to a shard is another one.</summary>
    [Id(0)]
    public required int Turn { get; init; }

    [Id(1)]
    public required ShardPayload Payload { get; init; }
}
