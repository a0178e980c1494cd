using Bailiwick.Evidence;
using Bailiwick.Silo.Audit;

namespace Bailiwick.Tests.Silo;

/// <summary>The checkpoint outside PostgreSQL never goes back.</summary>
public sealed class PublishedCheckpointTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("bailiwick-published-").FullName;
    private readonly SigningKey _key = SigningKey.Generate("test.example/log", SignatureType.Ed25519);

    [Fact]
    public void File_NotThereYet_IsNoFault()
    {
        Assert.True(new PublishedCheckpoint(_folder, _key.Key).TryRead(out var checkpoint, out var fault), fault);
        Assert.Null(checkpoint);
    }

    [Fact]
    public void Checkpoint_SmallerThanThePublished_IsNotWritten()
    {
        var published = new PublishedCheckpoint(Path.Combine(_folder, "made"), _key.Key);
        foreach (var (size, expected) in new[] { (5UL, 5UL), (7UL, 7UL), (6UL, 7UL), (7UL, 7UL) })
        {
            Assert.True(published.TryReplace(Sign(size), size));
            Assert.True(published.TryRead(out var checkpoint, out var fault), fault);
            Assert.Equal(expected, checkpoint!.Size);
        }
    }

    [Fact]
    public void File_OfAnotherKeyOrCut_IsAFault()
    {
        var published = new PublishedCheckpoint(_folder, _key.Key);
        Assert.True(published.TryReplace(Sign(5), 5));
        using var other = SigningKey.Generate("test.example/log", SignatureType.Ed25519);
        Assert.False(new PublishedCheckpoint(_folder, other.Key).TryRead(out _, out var fault));
        Assert.Contains("is not this log's", fault, StringComparison.Ordinal);

        var file = Path.Combine(_folder, "checkpoint");
        File.WriteAllBytes(file, File.ReadAllBytes(file)[..^20]);
        Assert.False(published.TryRead(out _, out _));
    }

    [Fact]
    public void Checkpoint_WhileAnotherGatewayWrites_IsNotWritten()
    {
        var published = new PublishedCheckpoint(_folder, _key.Key);
        using (new FileStream(Path.Combine(_folder, "checkpoint.lock"), FileMode.Create, FileAccess.ReadWrite, FileShare.None))
        {
            Assert.False(published.TryReplace(Sign(5), 5));
        }

        Assert.True(published.TryReplace(Sign(5), 5));
    }

    public void Dispose()
    {
        _key.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private SignedNote Sign(ulong size) =>
        new Checkpoint("test.example/log", size, TreeHasher.Leaf(BitConverter.GetBytes(size))).Sign([_key], DateTimeOffset.UnixEpoch);
}
