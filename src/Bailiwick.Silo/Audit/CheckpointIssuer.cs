using Bailiwick.Evidence;
using Npgsql;

namespace Bailiwick.Silo.Audit;

/// <summary>
/// Signs heads that are committed, and only such as continue, by a consistency proof, what was signed last. So there are never two roots
/// for one size, whatever PostgreSQL was restored to.
/// </summary>
internal sealed class CheckpointIssuer(
    NpgsqlDataSource source, ITileStore tiles, ICheckpointSigner signer, PublishedCheckpoint published, TimeProvider clock,
    ILogger log)
{
    private ulong? _covered;

    /// <summary>Size of the tree that was last found to be signed and published; 0 where none was.</summary>
    public ulong Covered => _covered ?? 0;

    /// <summary>Whether this head is signed, published and found to continue what was before: nothing is left to do about it.</summary>
    /// <exception cref="IOException">What was published cannot be read now.</exception>
    public bool HasCovered(LogHead head) =>
        head.Size == _covered && published.TryRead(out var last, out _) && last?.Size == head.Size && last.Root == head.Root;

    /// <summary>Makes sure that the committed head has a checkpoint.</summary>
    /// <returns>A sentence where signing would contradict what was signed; null when the head is covered.</returns>
    /// <exception cref="IOException">Not now: the log cannot be read, or the folder not be written.</exception>
    public async Task<string?> CoverAsync(CancellationToken cancellationToken)
    {
        // First what was published, then the head: another gateway may move both in between, and the head must not seem older.
        if (!published.TryRead(out var last, out var fault))
        {
            return fault;
        }

        var latest = last ?? await LatestInDatabaseAsync(cancellationToken);
        var head = await LogTable.HeadAsync(source, cancellationToken);
        if (head.Size == 0 && last is null || HasCovered(head))
        {
            return null;
        }

        if (last is null)
        {
            log.NothingToCompare(head.Size);
        }

        if (latest is not null && await ContradictionAsync(latest, head, cancellationToken) is { } contradiction)
        {
            return contradiction;
        }

        var checkpoint = new Checkpoint(signer.Key.Name, head.Size, head.Root);
        if (await CheckpointTable.OfSizeAsync(source, head.Size, cancellationToken) is { } signed
            && !(published.TryOpen(signed, out var other, out _) && other.Root == head.Root))
        {
            return $"PostgreSQL has another checkpoint for {head.Size} records than its own tree.";
        }

        var note = checkpoint.Sign([signer], clock.GetUtcNow());
        if (!published.TryReplace(note, head.Size))
        {
            // At the next look, then: a signature that is not kept here does not leave.
            return null;
        }

        await CheckpointTable.AddAsync(source, head.Size, note.ToBytes(), cancellationToken);
        _covered = head.Size;
        return null;
    }

    /// <summary>What remains to compare with where nothing was published here: a new gateway, or a lost folder.</summary>
    private async Task<Checkpoint?> LatestInDatabaseAsync(CancellationToken cancellationToken)
    {
        var note = await CheckpointTable.LatestAsync(source, cancellationToken);
        return note is not null && published.TryOpen(note, out var latest, out _) ? latest : null;
    }

    private async Task<string?> ContradictionAsync(Checkpoint last, LogHead head, CancellationToken cancellationToken)
    {
        if (last.Size > head.Size)
        {
            return $"a checkpoint over {last.Size} records is published, and PostgreSQL has {head.Size}: it was restored, or is a stale copy.";
        }

        if (last.Size == 0)
        {
            return null;
        }

        var path = await new ProofBuilder(new TileNodes(tiles, head.Size)).ConsistencyAsync(last.Size, head.Size, cancellationToken);
        return ConsistencyProof.Verify(last.Size, head.Size, last.Root, head.Root, [.. path])
            ? null
            : $"the tree in PostgreSQL ({head.Size} records) does not continue the published one ({last.Size} records).";
    }
}
