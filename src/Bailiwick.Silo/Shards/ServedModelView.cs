namespace Bailiwick.Silo.Shards;

/// <summary>One model out of what its workers reported. Pure.</summary>
internal static class ServedModelView
{
    /// <summary>A model of which nothing but its name is known.</summary>
    public static ServedModel Unknown(string name) => new()
    {
        Name = name,
        Aliases = Array.Empty<string>(),
        Build = "",
        Family = "",
        Openness = "",
        Licence = "",
        UseRestrictions = Array.Empty<string>(),
        PermittedZones = null,
        ContextTokens = 0,
        Entry = "",
        Replicas = Array.Empty<Replica>(),
    };

    /// <summary>
    /// The model's build is the one that most ready replicas hold (then most replicas, then the first by digest), and its facts are
    /// those reported with it. Replicas are in the order of zone and node.
    /// </summary>
    /// <param name="name">Its name.</param>
    /// <param name="reports">One per node, each with one replica.</param>
    /// <param name="last">The view before: its facts stay when no report is left.</param>
    public static ServedModel Merge(string name, IReadOnlyCollection<ServedModel> reports, ServedModel? last)
    {
        var facts = reports
            .GroupBy(report => report.Build)
            .OrderByDescending(group => group.Key.Length > 0)
            .ThenByDescending(group => group.Count(report => report.Replicas[0].Phase == ReplicaPhase.Ready))
            .ThenByDescending(group => group.Count())
            .ThenBy(group => group.Key, StringComparer.Ordinal)
            .FirstOrDefault()?
            .MinBy(report => report.Entry, StringComparer.Ordinal);
        return (facts ?? last ?? Unknown(name)) with
        {
            Replicas = reports.Select(report => report.Replicas[0])
                .OrderBy(replica => replica.Zone, StringComparer.Ordinal).ThenBy(replica => replica.Node, StringComparer.Ordinal)
                .ToArray(),
        };
    }

    /// <summary>
    /// The view after this gateway has sent a turn to a replica: until the next report counts it, the gateway does, so that a burst does
    /// not go to one replica.
    /// </summary>
    public static ServedModel Sent(ServedModel view, Replica to) => view with
    {
        Replicas = view.Replicas
            .Select(replica => replica.Zone == to.Zone && replica.Node == to.Node ? replica with { Active = replica.Active + 1 } : replica)
            .ToArray(),
    };

    /// <summary>Whether a report says something that routing must know at once, not with the next half-second.</summary>
    public static bool IsUrgent(ServedModel? before, ServedModel now) =>
        before is not { Replicas: [var was] } || now.Replicas is not [var then]
        || was.Phase != then.Phase || was.Draining != then.Draining || was.Build != then.Build || was.Silo != then.Silo
        || was.Abilities?.Decoder != then.Abilities?.Decoder;
}
