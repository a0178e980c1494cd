namespace Bailiwick.Silo.Api.Auth;

/// <summary>What a key may be used for. Persisted and public: they only grow.</summary>
internal static class Scopes
{
    /// <summary>Turns, tokens, models, proofs of the caller's own tenant.</summary>
    public const string Inference = "inference";

    /// <summary>Silos and keys.</summary>
    public const string Operations = "operations";

    /// <summary>Records of all tenants.</summary>
    public const string Audit = "audit";

    public static IReadOnlyList<string> All { get; } = [Inference, Operations, Audit];
}
