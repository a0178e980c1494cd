using Bailiwick.Evidence;

namespace Bailiwick.Silo.Audit;

/// <summary>A record on its way, and the caller who waits for it.</summary>
/// <param name="make">Makes the leaf; called once.</param>
/// <param name="intent">The intent whose outcome this is; null = a record that is refused while PostgreSQL is away.</param>
internal sealed class Pending(Func<LeafOrigin, Leaf> make, TreeHash? intent)
{
    private const int Waiting = 0;
    private const int Told = 1;
    private const int Left = 2;

    private readonly TaskCompletionSource<TreeHash?> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _caller;

    public TreeHash? Intent => intent;

    /// <summary>The caller no longer waits.</summary>
    public bool IsLeft => Volatile.Read(ref _caller) == Left;

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
    /// <returns>False where the caller has left and will never know.</returns>
    public bool Complete(TreeHash? hash)
    {
        if (Interlocked.CompareExchange(ref _caller, Told, Waiting) == Left)
        {
            return false;
        }

        _done.TrySetResult(hash);
        return true;
    }

    /// <summary>The caller's wait. A caller who leaves as the answer comes gets the answer: a record that is there needs somebody who knows.</summary>
    /// <exception cref="OperationCanceledException">The caller left before.</exception>
    public async ValueTask<TreeHash?> WaitAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _done.Task.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (Interlocked.CompareExchange(ref _caller, Left, Waiting) == Told)
        {
            return await _done.Task;
        }
    }
}
