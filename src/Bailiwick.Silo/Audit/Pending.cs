using Bailiwick.Evidence;

namespace Bailiwick.Silo.Audit;

/// <summary>A record on its way, and the caller who waits for it.</summary>
/// <param name="make">Makes the leaf; called once.</param>
/// <param name="intent">The intent whose outcome this is; null = a record that is refused while PostgreSQL is away.</param>
internal sealed class Pending(Func<LeafOrigin, Leaf> make, TreeHash? intent)
{
    private readonly TaskCompletionSource<TreeHash?> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TreeHash? Intent => intent;

    public Task<TreeHash?> Done => _done.Task;

    /// <summary>As made, behind the record before it; null until then.</summary>
    public AuditRecord? Record { get; private set; }

    /// <summary>Makes the record, or puts the one made already behind another.</summary>
    /// <returns>False where the caller's function threw: the caller has the exception.</returns>
    public bool TryMake(LeafOrigin origin)
    {
        if (Record is not null)
        {
            Record = Record.After(origin.Previous);
            return true;
        }

        try
        {
            Record = AuditRecord.Of(make(origin));
            return true;
        }
        catch (Exception problem)
        {
            // Request border: a caller's mistake is the caller's, and the writer goes on.
            _done.TrySetException(problem);
            return false;
        }
    }

    /// <summary>Tells the caller: the hash, or null where there is no such record.</summary>
    public void Complete(TreeHash? hash) => _done.TrySetResult(hash);
}
