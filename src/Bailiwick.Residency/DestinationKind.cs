namespace Bailiwick.Residency;

/// <summary>The fixed list of destination kinds, in the order of model.md section 1.</summary>
public enum DestinationKind
{
    Caller,
    Silo,
    SessionStore,
    Cache,
    AuditTextStore,
    Backup,
    Export,
    Tool,
    ExternalProvider,
}

/// <summary>How kinds are written.</summary>
public static class DestinationKinds
{
    /// <summary>The ids, at the index of their enum value.</summary>
    public static IdList Ids { get; } = new(
        ["caller", "silo", "session-store", "cache", "audit-text-store", "backup", "export", "tool", "external-provider"]);

    /// <summary>The id: `session-store`.</summary>
    public static string Text(this DestinationKind kind) => Ids[(int)kind];
}
