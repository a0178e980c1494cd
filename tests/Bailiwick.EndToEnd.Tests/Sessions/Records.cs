using Bailiwick.Evidence;
using Bailiwick.Silo.Audit;

namespace Bailiwick.EndToEnd.Tests.Sessions;

/// <summary>Keeps the leaves that the store writes; takes none while it is away.</summary>
internal sealed class Records : IIntake
{
    public List<Leaf> Leaves { get; } = [];

    public bool IsAvailable { get; init; } = true;

    public ValueTask<TreeHash?> WriteAsync(Func<LeafOrigin, Leaf> make, CancellationToken cancellationToken)
    {
        if (!IsAvailable)
        {
            return new((TreeHash?)null);
        }

        Leaves.Add(make(new LeafOrigin(DateTimeOffset.UnixEpoch, "local-1/n1", null)));
        return new(TreeHasher.Leaf(Leaves[^1].ToBytes()));
    }

    public ValueTask<TreeHash?> CloseAsync(TreeHash intent, Func<LeafOrigin, Leaf> make, CancellationToken cancellationToken) =>
        throw new InvalidOperationException("The store closes no turn.");
}
