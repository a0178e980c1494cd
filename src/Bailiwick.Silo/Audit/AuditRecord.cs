using Bailiwick.Evidence;

namespace Bailiwick.Silo.Audit;

/// <summary>A finished leaf, and what its row says beside it. All of it follows from the bytes.</summary>
/// <param name="Leaf">The leaf.</param>
/// <param name="Bytes">As stored and hashed.</param>
/// <param name="Hash">Leaf hash.</param>
internal sealed record AuditRecord(Leaf Leaf, byte[] Bytes, TreeHash Hash)
{
    /// <summary>Name of the kind, as in the leaf.</summary>
    public string Kind => Leaf.Kind.ToString().ToLowerInvariant();

    /// <summary>Whose record it is: the credential's tenant, not the one that a request claims. Null where it belongs to none.</summary>
    public string? Tenant => Leaf switch
    {
        IntentLeaf leaf => (leaf.CredentialLabel ?? leaf.Label).Tenant,
        DenyLeaf leaf => (leaf.CredentialLabel ?? leaf.Label)?.Tenant,
        AdminLeaf leaf => leaf.Tenant,
        ReadLeaf leaf => leaf.Tenant,
        ErasureLeaf leaf => leaf.Tenant,
        HoldLeaf leaf => leaf.Tenant,
        _ => null,
    };

    /// <summary>The intent that it is about; null where it is about none.</summary>
    public TreeHash? Intent => Leaf switch
    {
        OutcomeLeaf leaf => leaf.Intent,
        MovedLeaf leaf => leaf.Intent,
        AmendedLeaf leaf => leaf.Intent,
        _ => null,
    };

    public static AuditRecord Of(Leaf leaf)
    {
        var bytes = leaf.ToBytes();
        return new AuditRecord(leaf, bytes, TreeHasher.Leaf(bytes));
    }

    /// <summary>The same record behind another one.</summary>
    public AuditRecord After(TreeHash? previous) =>
        Leaf.Origin.Previous == previous ? this : Of(Leaf with { Origin = Leaf.Origin with { Previous = previous } });
}
