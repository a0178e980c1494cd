using Bailiwick.Evidence;

namespace Bailiwick.Silo.Audit;

/// <summary>Where records become durable. One writer per silo, which links each record to the one before it.</summary>
internal interface IIntake
{
    /// <summary>
    /// Writes a record into PostgreSQL by group commit; it is durable when this ends.
    /// </summary>
    /// <param name="make">Makes the leaf from its origin; called once, on the writer's own thread; must be fast and pure.</param>
    /// <param name="cancellationToken">Gives up waiting: the record may become durable all the same.</param>
    /// <returns>RFC 6962 leaf hash; null where no evidence can be written now (503 audit_unavailable).</returns>
    ValueTask<TreeHash?> WriteAsync(Func<LeafOrigin, Leaf> make, CancellationToken cancellationToken);

    /// <summary>
    /// Writes the outcome of an intent. Never refused: while PostgreSQL is away it goes into an fsynced spool that is sent on
    /// recovery. A second outcome of the same intent is not written.
    /// </summary>
    /// <param name="intent">Leaf hash of the intent.</param>
    /// <param name="make">As above.</param>
    /// <param name="cancellationToken">As above.</param>
    /// <returns>
    /// Leaf hash of the outcome that this silo wrote; null where even the spool fails (disk full), or another silo's outcome of this
    /// intent stands. Both are alarms.
    /// </returns>
    ValueTask<TreeHash?> CloseAsync(TreeHash intent, Func<LeafOrigin, Leaf> make, CancellationToken cancellationToken);

    /// <summary>False while PostgreSQL does not take records: new turns are refused at once, without waiting.</summary>
    bool IsAvailable { get; }
}
