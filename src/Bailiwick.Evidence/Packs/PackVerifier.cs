using Bailiwick.Evidence.Storage;

namespace Bailiwick.Evidence;

/// <summary>
/// Checks an evidence pack: needs the folder and a policy that the officer brought along, no server and no network.
/// Names every fault it finds with its place. Reads in one pass; of a log it keeps a hash for each turn (about 60 bytes).
/// </summary>
public sealed class PackVerifier(IFolder pack, TrustPolicy policy)
{
    /// <summary>Verifies everything.</summary>
    /// <param name="known">Heads seen before, by the officer or a witness: the pack must continue each. This finds a log cut or rewritten by whoever holds its key.</param>
    /// <param name="cancellationToken">Stops between files and lines.</param>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    public async Task<PackReport> VerifyAsync(IReadOnlyList<Checkpoint> known, CancellationToken cancellationToken)
    {
        var report = new PackReport();
        report.Head = await OpenAsync(PackNames.Checkpoint, report, cancellationToken).ConfigureAwait(false);
        var head = report.Head?.Checkpoint;
        await new ManifestCheck(pack, policy, report).RunAsync(head, cancellationToken).ConfigureAwait(false);
        if (head is not null)
        {
            await new EventsCheck(pack, head, report).RunAsync(cancellationToken).ConfigureAwait(false);
            await CheckPreviousAsync(head, report, cancellationToken).ConfigureAwait(false);
            foreach (var earlier in known)
            {
                await CheckKnownAsync(earlier, head, report, cancellationToken).ConfigureAwait(false);
            }
        }

        return report;
    }

    private async Task<TrustedCheckpoint?> OpenAsync(string name, PackReport report, CancellationToken cancellationToken)
    {
        if (await ReadAsync(name, SignedNote.MaxBytes, cancellationToken).ConfigureAwait(false) is not { } note)
        {
            report.Add(new Fault(FaultCode.PackFile, "is missing", name));
            return null;
        }

        if (!policy.TryOpen(note.Span, out var trusted, out var fault))
        {
            report.Add(fault.In(name));
        }

        return trusted;
    }

    private async Task CheckPreviousAsync(Checkpoint head, PackReport report, CancellationToken cancellationToken)
    {
        var files = pack.List();
        if (!files.Contains(PackNames.PreviousCheckpoint) && !files.Contains(PackNames.Consistency))
        {
            return;
        }

        if (await OpenAsync(PackNames.PreviousCheckpoint, report, cancellationToken).ConfigureAwait(false) is not { } previous)
        {
            return;
        }

        var bytes = await ReadAsync(PackNames.Consistency, AddCheckpointRequest.MaxBytes, cancellationToken).ConfigureAwait(false) ?? default;
        if (!AddCheckpointRequest.TryParse(bytes.Span, out var proof, out var fault))
        {
            report.Add(fault.In(PackNames.Consistency));
        }
        else if (!proof.Note.IsEmpty || proof.OldSize != previous.Checkpoint.Size
            || !IsContinued(previous.Checkpoint, head, proof.Proof))
        {
            report.Add(new Fault(
                FaultCode.Consistency, "does not lead from the previous checkpoint to this one", PackNames.Consistency));
        }
    }

    private async Task CheckKnownAsync(
        Checkpoint earlier, Checkpoint head, PackReport report, CancellationToken cancellationToken)
    {
        if (earlier.Origin != head.Origin || earlier.Size > head.Size)
        {
            report.Add(new Fault(
                FaultCode.Consistency, $"ends before the tree of {earlier.Size} leaves that is known, or is another log", PackNames.Checkpoint));
            return;
        }

        try
        {
            var proofs = new ProofBuilder(new TileNodes(new FolderTileStore(pack), head.Size));
            var path = await proofs.ConsistencyAsync(earlier.Size, head.Size, cancellationToken).ConfigureAwait(false);
            if (!IsContinued(earlier, head, path))
            {
                report.Add(new Fault(
                    FaultCode.Consistency, $"does not continue the tree of {earlier.Size} leaves that is known", PackNames.Checkpoint));
            }
        }
        catch (EvidenceMissingException missing)
        {
            report.Add(missing.Fault);
        }
    }

    private static bool IsContinued(Checkpoint earlier, Checkpoint head, IReadOnlyList<TreeHash> path) =>
        earlier.Origin == head.Origin
        && (earlier.Size == 0
            ? path.Count == 0
            : ConsistencyProof.Verify(earlier.Size, head.Size, earlier.Root, head.Root, [.. path]));

    private async Task<ReadOnlyMemory<byte>?> ReadAsync(string name, int most, CancellationToken cancellationToken)
    {
        var file = pack.OpenRead(name);
        if (file is null)
        {
            return null;
        }

        await using var close = file.ConfigureAwait(false);
        return await file.ReadBoundedAsync(most, cancellationToken).ConfigureAwait(false);
    }
}
