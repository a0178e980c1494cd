using Bailiwick.Evidence;
using Bailiwick.Evidence.Storage;
using Bailiwick.Silo.Audit;

namespace Bailiwick.EndToEnd.Tests.Audit;

/// <summary>A pack of the log as it is, and what the verifier says of it.</summary>
internal static class Packs
{
    public static async Task<PackReport> VerifyAsync(AuditSite audit, string folder, EvidenceReader reader)
    {
        var pack = Directory.CreateDirectory(Path.Combine(folder, "pack")).FullName;
        var checkpoint = (await reader.CheckpointAsync(CancellationToken.None))!;
        await new PackWriter(new PackContent(reader.Tiles, checkpoint, default, [], []), new DiskFolder(pack), audit.Key)
            .WriteAsync(CancellationToken.None);
        return await new PackVerifier(new DiskFolder(pack), audit.Trust).VerifyAsync([], CancellationToken.None);
    }
}
