namespace Bailiwick.Evidence.Storage;

/// <summary>Tiles as files named by their paths: a log that any static file server can serve (C2SP tlog-tiles).</summary>
public sealed class FolderTileStore(IFolder folder) : ITileStore
{
    /// <summary>Largest entry bundle: 256 entries of 65,535 bytes with their lengths.</summary>
    public const int MaxBytes = TilePath.FullWidth * (EntryBundle.MaxEntry + sizeof(ushort));

    public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(TilePath path, CancellationToken cancellationToken)
    {
        var file = folder.OpenRead(path.ToString());
        if (file is null)
        {
            return null;
        }

        await using (file.ConfigureAwait(false))
        {
            // A tile that is longer than it may be is cut here, and then refused for its length.
            var most = path.Level == TilePath.Entries ? MaxBytes : path.Width * TreeHash.Length;
            return await file.ReadBoundedAsync(most, cancellationToken).ConfigureAwait(false);
        }
    }

    public async ValueTask WriteAsync(TilePath path, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        if (await ReadAsync(path, cancellationToken).ConfigureAwait(false) is { } kept)
        {
            if (!kept.Span.SequenceEqual(content.Span))
            {
                throw new InvalidOperationException($"{path} exists with other bytes: a tile never changes.");
            }

            return;
        }

        var file = folder.Create(path.ToString());
        await using (file.ConfigureAwait(false))
        {
            await file.WriteAsync(content, cancellationToken).ConfigureAwait(false);
        }
    }
}
