using System.Text;
using Bailiwick.Evidence.Storage;

namespace Bailiwick.Evidence;

/// <summary>A policy or a catalogue entry that goes into a pack.</summary>
/// <param name="Extension">Letters after the point of its file name, such as `yaml`.</param>
/// <param name="Content">Its bytes: their SHA-256 becomes the name.</param>
public sealed record PackDocument(string Extension, ReadOnlyMemory<byte> Content);

/// <summary>What goes into a pack.</summary>
/// <param name="Log">The log's tiles and entry bundles.</param>
/// <param name="Checkpoint">The signed head, as published.</param>
/// <param name="PreviousCheckpoint">The head of the pack before; empty for a first pack.</param>
/// <param name="Policies">Policies in force during the log.</param>
/// <param name="Models">Catalogue entries of the models used.</param>
public sealed record PackContent(
    ITileStore Log,
    ReadOnlyMemory<byte> Checkpoint,
    ReadOnlyMemory<byte> PreviousCheckpoint,
    IReadOnlyList<PackDocument> Policies,
    IReadOnlyList<PackDocument> Models);

/// <summary>Writes evidence packs. The same content and key give the same bytes.</summary>
public sealed class PackWriter(PackContent content, IFolder target, INoteSigner signer)
{
    private readonly List<PackFileEntry> _files = [];

    /// <summary>Writes all files, the manifest last: a pack without it is one that was not finished.</summary>
    /// <exception cref="EvidenceMissingException">The log does not give what its checkpoint says: no manifest is written.</exception>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public async Task<PackManifest> WriteAsync(CancellationToken cancellationToken)
    {
        var head = Read(content.Checkpoint, PackNames.Checkpoint);
        await WriteFileAsync(PackNames.Checkpoint, content.Checkpoint, cancellationToken).ConfigureAwait(false);
        if (!content.PreviousCheckpoint.IsEmpty)
        {
            await WritePreviousAsync(content.PreviousCheckpoint, head, cancellationToken).ConfigureAwait(false);
        }

        await WriteEventsAsync(head, cancellationToken).ConfigureAwait(false);
        await WriteDocumentsAsync(PackNames.Policies, content.Policies, cancellationToken).ConfigureAwait(false);
        await WriteDocumentsAsync(PackNames.Models, content.Models, cancellationToken).ConfigureAwait(false);
        await WriteFileAsync(PackNames.Script, VerifyScript.Bytes, cancellationToken).ConfigureAwait(false);

        var manifest = new PackManifest(
            head.Origin, head.Size, head.Root, [.. _files.OrderBy(file => file.Name, StringComparer.Ordinal)]);
        var text = manifest.ToText();
        var note = new SignedNote(text, [signer.SignText(text)]);
        await WriteFileAsync(PackNames.Manifest, note.ToBytes(), cancellationToken).ConfigureAwait(false);
        return manifest;
    }

    private async Task WritePreviousAsync(ReadOnlyMemory<byte> note, Checkpoint head, CancellationToken cancellationToken)
    {
        var previous = Read(note, PackNames.PreviousCheckpoint);
        var proofs = new ProofBuilder(new TileNodes(content.Log, head.Size));
        var proof = await proofs.ConsistencyAsync(previous.Size, head.Size, cancellationToken).ConfigureAwait(false);
        var request = new AddCheckpointRequest(previous.Size, proof, ReadOnlyMemory<byte>.Empty);
        await WriteFileAsync(PackNames.PreviousCheckpoint, note, cancellationToken).ConfigureAwait(false);
        await WriteFileAsync(PackNames.Consistency, request.ToBytes(), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Events, table and tiles in one pass over the entry bundles.</summary>
    private async Task WriteEventsAsync(Checkpoint head, CancellationToken cancellationToken)
    {
        var tiles = new TileBuilder();
        var store = new FolderTileStore(target);
        var events = Open(PackNames.Events);
        await using var closeEvents = events.ConfigureAwait(false);
        var table = Open(PackNames.Table);
        await using var closeTable = table.ConfigureAwait(false);
        await table.WriteAsync(Encoding.UTF8.GetBytes(CsvTable.Header), cancellationToken).ConfigureAwait(false);

        foreach (var path in TileLayout.Bundles(head.Size))
        {
            foreach (var entry in await EntriesAsync(path, cancellationToken).ConfigureAwait(false))
            {
                var hash = TreeHasher.Leaf(entry.Span);
                if (!Leaf.TryParse(entry.Span, out var leaf, out var fault))
                {
                    throw new EvidenceMissingException(fault.In($"leaf {tiles.Size}"));
                }

                var row = CsvTable.Row(tiles.Size, leaf, hash);
                tiles.Append(hash);
                await events.WriteAsync(entry, cancellationToken).ConfigureAwait(false);
                await events.WriteAsync("\n"u8.ToArray(), cancellationToken).ConfigureAwait(false);
                await table.WriteAsync(Encoding.UTF8.GetBytes(row), cancellationToken).ConfigureAwait(false);
            }

            await WriteTilesAsync(store, tiles.DrainFull(), cancellationToken).ConfigureAwait(false);
        }

        await WriteTilesAsync(store, tiles.Partial(), cancellationToken).ConfigureAwait(false);
        if (tiles.Root() != head.Root)
        {
            throw new EvidenceMissingException(new Fault(FaultCode.TileHash, "the entries do not give the root of the checkpoint"));
        }

        _files.Add(events.Entry());
        _files.Add(table.Entry());
    }

    private async Task<IReadOnlyList<ReadOnlyMemory<byte>>> EntriesAsync(TilePath path, CancellationToken cancellationToken)
    {
        var bundle = await content.Log.ReadAsync(path, cancellationToken).ConfigureAwait(false)
            ?? throw new EvidenceMissingException(new Fault(FaultCode.TileMissing, "is absent", path.ToString()));
        return EntryBundle.TryParse(path, bundle, out var entries, out var fault)
            ? entries
            : throw new EvidenceMissingException(fault);
    }

    private static async Task WriteTilesAsync(
        FolderTileStore store, IEnumerable<TileFile> tiles, CancellationToken cancellationToken)
    {
        foreach (var tile in tiles)
        {
            await store.WriteAsync(tile.Path, tile.Content, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task WriteDocumentsAsync(
        string folder, IReadOnlyList<PackDocument> documents, CancellationToken cancellationToken)
    {
        foreach (var document in documents)
        {
            var digest = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(document.Content.Span));
            await WriteFileAsync($"{folder}{digest}.{document.Extension}", document.Content, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task WriteFileAsync(string name, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        var file = Open(name);
        await using var close = file.ConfigureAwait(false);
        await file.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
        _files.Add(file.Entry());
    }

    private HashedFile Open(string name) => new(name, target.Create(name));

    private static Checkpoint Read(ReadOnlyMemory<byte> note, string name) =>
        SignedNote.TryParse(note.Span, out var parsed, out var fault) && Checkpoint.TryParse(parsed.Text, out var head, out fault)
            ? head
            : throw new ArgumentException(fault.In(name).ToString());
}
