using System.Buffers;
using Bailiwick.Evidence;
using Npgsql;

namespace Bailiwick.Silo.Audit;

/// <summary>
/// The log's tiles as PostgreSQL keeps them: finished hash tiles in their table, unfinished ones in the head's edge, entry bundles as the
/// records themselves. Reading alone: tiles are written in the transaction that moves the head (<see cref="LogTable"/>).
/// </summary>
internal sealed class PgTileStore(NpgsqlDataSource source) : ITileStore
{
    public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(TilePath path, CancellationToken cancellationToken)
    {
        try
        {
            return path.Level == TilePath.Entries
                ? await BundleAsync(path, cancellationToken)
                : await FullAsync(path, cancellationToken) ?? (path.IsFull ? default(ReadOnlyMemory<byte>?) : await UnfinishedAsync(path, cancellationToken));
        }
        catch (NpgsqlException problem)
        {
            throw new IOException("The log cannot be read from PostgreSQL.", problem);
        }
    }

    /// <exception cref="NotSupportedException">Always.</exception>
    public ValueTask WriteAsync(TilePath path, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        throw new NotSupportedException("Tiles are written with the head.");

    /// <summary>A finished tile, or as much of it as an unfinished one of that place had.</summary>
    private async ValueTask<ReadOnlyMemory<byte>?> FullAsync(TilePath path, CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand("SELECT content FROM tiles WHERE path = $1");
        command.Parameters.AddWithValue((path with { Width = TilePath.FullWidth }).ToString());
        return await command.ExecuteScalarAsync(cancellationToken) is byte[] content
            ? content.AsMemory(0, path.Width * TreeHash.Length)
            : default(ReadOnlyMemory<byte>?);
    }

    private async ValueTask<ReadOnlyMemory<byte>?> UnfinishedAsync(TilePath path, CancellationToken cancellationToken)
    {
        var head = await LogTable.HeadAsync(source, cancellationToken);
        // It may have been finished in between.
        return head.Unfinished(path) ?? await FullAsync(path, cancellationToken);
    }

    private async ValueTask<ReadOnlyMemory<byte>?> BundleAsync(TilePath path, CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand("""
            SELECT records.leaf FROM positions JOIN records ON records.id = positions.record
            WHERE leaf_index >= $1 AND leaf_index < $2 ORDER BY leaf_index
            """);
        var first = checked((long)path.Index * TilePath.FullWidth);
        command.Parameters.AddWithValue(first);
        command.Parameters.AddWithValue(first + path.Width);
        var bundle = new ArrayBufferWriter<byte>();
        var count = 0;
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        for (; await reader.ReadAsync(cancellationToken); count++)
        {
            EntryBundle.Append(bundle, reader.GetFieldValue<byte[]>(0));
        }

        return count == path.Width ? bundle.WrittenMemory : default(ReadOnlyMemory<byte>?);
    }
}
