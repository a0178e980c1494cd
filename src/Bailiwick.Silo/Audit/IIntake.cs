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
    /// recovery. Where another outcome of this intent stands already, this one is written beside it as `amended`.
    /// </summary>
    /// <param name="intent">Leaf hash of the intent.</param>
    /// <param name="make">As above.</param>
    /// <param name="cancellationToken">As above.</param>
    /// <returns>
    /// Leaf hash of the outcome that stands: this one, or that of another silo which was first; null where even the spool fails
    /// (disk full), an alarm.
    /// </returns>
    ValueTask<TreeHash?> CloseAsync(TreeHash intent, Func<LeafOrigin, Leaf> make, CancellationToken cancellationToken);

    /// <summary>False while PostgreSQL does not take records: new turns are refused at once, without waiting.</summary>
    bool IsAvailable { get; }
}
