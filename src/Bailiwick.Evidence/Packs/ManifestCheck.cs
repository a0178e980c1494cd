using System.Security.Cryptography;
using Bailiwick.Evidence.Storage;

namespace Bailiwick.Evidence;

/// <summary>That the signed list of files is genuine, and that the files are those listed and no others.</summary>
internal sealed class ManifestCheck(IFolder pack, TrustPolicy policy, PackReport report)
{
    private static readonly string[] Needed = [PackNames.Checkpoint, PackNames.Events, PackNames.Script];

    /// <summary>Checks against the head; null where there is no trusted one, and then size and tiles stay unchecked.</summary>
    public async Task RunAsync(Checkpoint? head, CancellationToken cancellationToken)
    {
        if (await ReadAsync(cancellationToken).ConfigureAwait(false) is not { } manifest)
        {
            return;
        }

        if (head is not null && (manifest.Origin != head.Origin || manifest.Size != head.Size || manifest.Root != head.Root))
        {
            report.Add(new Fault(FaultCode.PackManifest, "names another log, size or root than the checkpoint", PackNames.Manifest));
        }

        var listed = manifest.Files.Select(file => file.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var name in Needed.Where(name => !listed.Contains(name)))
        {
            report.Add(new Fault(FaultCode.PackManifest, $"does not list {name}", PackNames.Manifest));
        }

        foreach (var file in manifest.Files)
        {
            await CheckFileAsync(file, cancellationToken).ConfigureAwait(false);
        }

        var tiles = TileLayout.Tiles(head?.Size ?? manifest.Size).Select(tile => tile.ToString());
        HashSet<string> known = [PackNames.Manifest, .. listed, .. tiles];
        foreach (var name in pack.List().Where(name => !known.Contains(name)))
        {
            report.Add(new Fault(FaultCode.PackFile, "does not belong to this pack", name));
        }
    }

    private async Task<PackManifest?> ReadAsync(CancellationToken cancellationToken)
    {
        var file = pack.OpenRead(PackNames.Manifest);
        if (file is null)
        {
            report.Add(new Fault(FaultCode.PackManifest, "is missing: the pack was not finished", PackNames.Manifest));
            return null;
        }

        await using var close = file.ConfigureAwait(false);
        var bytes = await file.ReadBoundedAsync(SignedNote.MaxBytes, cancellationToken).ConfigureAwait(false);
        if (!SignedNote.TryParse(bytes.Span, out var note, out var fault))
        {
            report.Add(fault.In(PackNames.Manifest));
            return null;
        }

        if (note.Signatures.Count != 1)
        {
            report.Add(new Fault(FaultCode.PackManifest, "has not exactly one signature", PackNames.Manifest));
        }
        else if (!note.TryVerify([.. policy.Logs.Where(key => key.Type == SignatureType.Ed25519)], out _, out fault))
        {
            report.Add(fault.In(PackNames.Manifest));
        }

        if (!PackManifest.TryParse(note.Text, out var manifest, out fault))
        {
            report.Add(fault.In(PackNames.Manifest));
        }

        return manifest;
    }

    private async Task CheckFileAsync(PackFileEntry entry, CancellationToken cancellationToken)
    {
        var file = pack.OpenRead(entry.Name);
        if (file is null)
        {
            report.Add(new Fault(FaultCode.PackFile, "is missing", entry.Name));
            return;
        }

        await using var close = file.ConfigureAwait(false);
        if (file.Length != entry.Length)
        {
            report.Add(new Fault(FaultCode.PackFile, $"is not the file that was listed: it has {file.Length} bytes, not {entry.Length}", entry.Name));
            return;
        }

        var digest = TreeHash.From(await SHA256.HashDataAsync(file, cancellationToken).ConfigureAwait(false));
        if (digest != entry.Sha256)
        {
            report.Add(new Fault(FaultCode.PackFile, "is not the file that was listed: its SHA-256 differs", entry.Name));
        }
        else if (IsDocument(entry.Name) && Path.GetFileNameWithoutExtension(entry.Name) != digest.ToHex())
        {
            report.Add(new Fault(FaultCode.PackFile, "is not named by its SHA-256", entry.Name));
        }
    }

    private static bool IsDocument(string name) =>
        name.StartsWith(PackNames.Policies, StringComparison.Ordinal) || name.StartsWith(PackNames.Models, StringComparison.Ordinal);
}
