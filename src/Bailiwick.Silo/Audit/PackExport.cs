using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Bailiwick.Evidence;
using Bailiwick.Evidence.Storage;
using Bailiwick.Protocol;
using Bailiwick.Silo.Hosting;

namespace Bailiwick.Silo.Audit;

/// <summary>A part of a file of a pack.</summary>
internal readonly record struct PackPiece(string File, ReadOnlyMemory<byte> Bytes);

/// <summary>Writes an evidence pack of the latest checkpoint into a folder, records that it leaves, and gives it out. One at a time.</summary>
/// <param name="folder">Folder for the pack while it is made; nothing in it stays.</param>
/// <param name="signer">Signs the manifest.</param>
/// <param name="reader">The log.</param>
/// <param name="intake">Takes the record of the export.</param>
/// <param name="sources">What the pack holds besides the log.</param>
/// <param name="log">Log lines.</param>
internal sealed partial class PackExport(
    string folder, INoteSigner signer, EvidenceReader reader, IIntake intake,
    IEnumerable<IPackSource> sources, ILogger<PackExport> log)
{
    private const int PieceBytes = 64 * 1024;

    /// <summary>Stands for a ground that was not stated.</summary>
    private const string NoGround = "not-stated";

    private static readonly Refusal BadGround = new(
        Errors.Invalid, "The field ground is an id of 1 to 64 lower-case letters, digits and hyphens, such as a file number; never a text.")
    {
        Field = "ground",
    };

    private int _isBusy;

    /// <summary>Makes a pack.</summary>
    /// <param name="actor">Who takes it: a pseudonym.</param>
    /// <param name="ground">Why: an id of the officer's own register, which the record of the export holds; empty = not stated.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="EvidenceMissingException">The log does not give what its checkpoint says.</exception>
    /// <exception cref="IOException">The log cannot be read, or the folder not be written.</exception>
    /// <exception cref="Npgsql.NpgsqlException">PostgreSQL is away.</exception>
    public async Task<(ExportedPack? Pack, Refusal? Refusal)> MakeAsync(string actor, string ground, CancellationToken cancellationToken)
    {
        if (ground.Length > 0 && !Ground().IsMatch(ground))
        {
            return (null, BadGround);
        }

        if (Interlocked.Exchange(ref _isBusy, 1) != 0)
        {
            return (null, new Refusal(Errors.Queue, "Another evidence pack is being exported here.") { RetryAfter = TimeSpan.FromSeconds(5) });
        }

        var pack = new ExportedPack(folder, () => Volatile.Write(ref _isBusy, 0));
        try
        {
            pack.Begin();
            var refusal = await FillAsync(pack, actor, ground.Length == 0 ? NoGround : ground, cancellationToken);
            if (refusal is null)
            {
                return (pack, null);
            }

            pack.Dispose();
            return (null, refusal);
        }
        catch
        {
            pack.Dispose();
            throw;
        }
    }

    /// <summary>The files of a pack in pieces, the manifest last: what was cut off lacks it.</summary>
    public static async IAsyncEnumerable<PackPiece> PiecesAsync(
        ExportedPack pack, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var name in pack.Files.List().OrderBy(name => name == PackNames.Manifest))
        {
            await using var file = pack.Files.OpenRead(name) ?? throw new FileNotFoundException("A file of the pack is gone.", name);
            var buffer = new byte[PieceBytes];
            var count = 0;
            do
            {
                count = await file.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
                yield return new PackPiece(name, buffer.AsMemory(0, count).ToArray());
            }
            while (count == buffer.Length);
        }
    }

    private async Task<Refusal?> FillAsync(ExportedPack pack, string actor, string ground, CancellationToken cancellationToken)
    {
        if (await reader.CheckpointAsync(cancellationToken) is not { } checkpoint)
        {
            return new Refusal(Errors.AuditUnavailable, "Nothing has been signed yet.") { RetryAfter = TimeSpan.FromSeconds(1) };
        }

        var content = new PackContent(reader.Tiles, checkpoint, default, await ListAsync(PackNames.Policies, cancellationToken), await ListAsync(PackNames.Models, cancellationToken));
        var manifest = await new PackWriter(content, pack.Files, signer).WriteAsync(cancellationToken);
        var written = await File.ReadAllBytesAsync(Path.Combine(folder, PackNames.Manifest), cancellationToken);
        var digest = TreeHash.From(SHA256.HashData(written));
        var recorded = await intake.WriteAsync(
            origin => new ExportLeaf(origin, actor, ground, (long)manifest.Size, digest), cancellationToken);
        if (recorded is null)
        {
            return new Refusal(Errors.AuditUnavailable, "The export cannot be recorded, so it does not take place.");
        }

        log.Exported(manifest.Size, actor);
        return null;
    }

    private async Task<IReadOnlyList<PackDocument>> ListAsync(string kind, CancellationToken cancellationToken)
    {
        var documents = new List<PackDocument>();
        foreach (var source in sources.Where(source => source.Folder == kind))
        {
            documents.AddRange(await source.DocumentsAsync(cancellationToken));
        }

        return documents;
    }

    [GeneratedRegex(@"\A[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?\z")]
    private static partial Regex Ground();
}

/// <summary>A pack in a folder that goes with it.</summary>
internal sealed class ExportedPack : IDisposable
{
    private readonly string _folder;
    private readonly Action _done;

    public ExportedPack(string folder, Action done) => (_folder, _done, Files) = (folder, done, new DiskFolder(folder));

    public DiskFolder Files { get; }

    /// <summary>An empty folder.</summary>
    public void Begin()
    {
        Remove();
        Directory.CreateDirectory(_folder);
    }

    public void Dispose()
    {
        try
        {
            Remove();
        }
        finally
        {
            _done();
        }
    }

    /// <summary>Also what a process left that was killed.</summary>
    private void Remove()
    {
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }
}
