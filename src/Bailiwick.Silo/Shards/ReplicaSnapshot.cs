using Bailiwick.Protocol;
using Bailiwick.Silo.Hosting;

namespace Bailiwick.Silo.Shards;

/// <summary>Everything that a gateway knows of models and replicas at one moment. Immutable.</summary>
/// <param name="Models">By name.</param>
internal sealed record ReplicaSnapshot(IReadOnlyList<ServedModel> Models)
{
    private const int ShortestDigestPrefix = 8;

    /// <summary>Before anything is known.</summary>
    public static ReplicaSnapshot Empty { get; } = new([]) { IsSettled = false };

    /// <summary>False while a gateway that has just started has not heard of every model that the table names.</summary>
    public bool IsSettled { get; init; } = true;

    /// <summary>What to say of a name that is not found here.</summary>
    public Refusal NotFound => IsSettled
        ? new Refusal(Errors.ModelNotFound, "This cluster serves no model of that name.") { Field = "model" }
        : new Refusal(Errors.NoReplica, "This gateway has just started and does not know the cluster's models yet.");

    /// <summary>Finds a model by name, alias, or either with "@" and the first eight or more digits of a build; null = none.</summary>
    public ServedModel? Find(string reference)
    {
        var at = reference.IndexOf('@', StringComparison.Ordinal);
        var name = at < 0 ? reference : reference[..at];
        var digest = at < 0 ? null : reference[(at + 1)..];
        return Models.FirstOrDefault(model =>
            (model.Name == name || model.Aliases.Contains(name))
            && (digest is null || (digest.Length >= ShortestDigestPrefix && model.Build.StartsWith(digest, StringComparison.Ordinal))));
    }
}

/// <summary>A model that this cluster is meant to serve: what its catalogue entry says, and its replicas.</summary>
[GenerateSerializer, Immutable, Alias("bailiwick.served-model")]
internal sealed record ServedModel
{
    [Id(0)]
    public required string Name { get; init; }

    [Id(1)]
    public required IReadOnlyList<string> Aliases { get; init; }

    /// <summary>Tree digest; empty while no replica has built it.</summary>
    [Id(2)]
    public required string Build { get; init; }

    [Id(3)]
    public required string Family { get; init; }

    /// <summary>`open-source`, `open-weights-permissive`, `open-weights-restricted`.</summary>
    [Id(4)]
    public required string Openness { get; init; }

    /// <summary>SPDX id.</summary>
    [Id(5)]
    public required string Licence { get; init; }

    /// <summary>Purposes that the licence forbids.</summary>
    [Id(6)]
    public required IReadOnlyList<string> UseRestrictions { get; init; }

    /// <summary>Zones in which it may run; null: wherever policy allows.</summary>
    [Id(7)]
    public required IReadOnlyList<string>? PermittedZones { get; init; }

    [Id(8)]
    public required int ContextTokens { get; init; }

    /// <summary>SHA-256 of the catalogue entry's bytes, hex; empty where there is none.</summary>
    [Id(9)]
    public required string Entry { get; init; }

    [Id(10)]
    public required IReadOnlyList<Replica> Replicas { get; init; }
}
