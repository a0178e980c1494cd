namespace Bailiwick.Evidence;

/// <summary>At least <paramref name="needed"/> of some members, each a witness or a group again (C2SP tlog-policy).</summary>
internal sealed class Quorum(int needed, IReadOnlyList<Quorum> members)
{
    private readonly string? _witness;

    private Quorum(string witness)
        : this(1, []) => _witness = witness;

    /// <summary>`quorum none`: always met.</summary>
    public static Quorum None { get; } = new(0, []);

    public static Quorum Witness(string name) => new(name);

    public bool IsMetBy(IReadOnlySet<string> witnesses) => _witness is not null
        ? witnesses.Contains(_witness)
        : members.Count(member => member.IsMetBy(witnesses)) >= needed;
}
