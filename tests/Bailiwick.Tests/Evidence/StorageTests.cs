using System.Runtime.Versioning;
using Bailiwick.Evidence;
using Bailiwick.Evidence.Storage;
using Microsoft.Extensions.Time.Testing;

namespace Bailiwick.Tests.Evidence;

[UnsupportedOSPlatform("windows")]
public sealed class StorageTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("bailiwick-storage-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void KeyFile_MadeByUs_IsReadBackAndNeverOverwritten()
    {
        var path = Path.Combine(_folder, "log.key");
        using var key = SigningKey.Generate("log.example/a", SignatureType.Ed25519);
        KeyFile.Create(path, key);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        Assert.True(KeyFile.TryRead(path, out var again, out var fault), fault?.ToString());
        Assert.Equal(key.Key, again.Key);
        again.Dispose();
        Assert.Throws<IOException>(() => KeyFile.Create(path, key));
    }

    [Fact]
    public void KeyFile_ThatOthersCouldUse_IsRefusedWithItsPath()
    {
        var path = Path.Combine(_folder, "log.key");
        using var key = SigningKey.Generate("log.example/a", SignatureType.Ed25519);
        KeyFile.Create(path, key);
        foreach (var mode in new[] { UnixFileMode.GroupRead, UnixFileMode.OtherRead, UnixFileMode.GroupWrite, UnixFileMode.UserExecute })
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | mode);
            AssertRefused(path, "can be used by others: its mode must be 0600 or 0400 (chmod 600)");
        }

        File.SetUnixFileMode(path, UnixFileMode.UserRead);
        var link = Path.Combine(_folder, "link.key");
        File.CreateSymbolicLink(link, path);
        AssertRefused(link, "is a link");
        AssertRefused(Path.Combine(_folder, "absent.key"), "cannot be read");
        var other = Path.Combine(_folder, "other.key");
        File.WriteAllText(other, key.ToPrivateText()[..^1]);
        File.SetUnixFileMode(other, UnixFileMode.UserRead);
        AssertRefused(other, "a private key has the form");
    }

    [Fact]
    public void WitnessStateFile_AnExchange_IsKeptBeforeItIsAnswered()
    {
        var path = Path.Combine(_folder, "court.state");
        using var log = SamplePack.LogKey();
        using var witness = SampleLog.Signer("witness.example/w1", SignatureType.Ed25519Cosignature);
        WitnessStateFile.Write(path, WitnessState.Empty.WithKey(log.Key));
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 5, 6, 7, 8, 9, TimeSpan.Zero));
        var head = new Checkpoint(SampleLog.Origin, 70, TreeHasher.Leaf("root"u8)).Sign([log], clock.GetUtcNow());
        var request = new AddCheckpointRequest(0, [], head.ToBytes()).ToBytes();
        Assert.True(WitnessStateFile.TryExchange(path, request, [witness], clock, out var answer, out _));
        Assert.Equal(200, answer.Status);
        Assert.True(WitnessStateFile.TryRead(path, out var state, out _));
        Assert.Equal(70UL, state.HeadOf(SampleLog.Origin).Size);

        // The same request again, in a process that knows only the file: the size is no longer 0.
        Assert.True(WitnessStateFile.TryExchange(path, request, [witness], clock, out answer, out _));
        Assert.Equal((409, "70\n"), (answer.Status, answer.Body));

        // A second witness process at the same moment gets no answer rather than a second history.
        using var held = new FileStream(path + ".lock", FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        Assert.Throws<IOException>(() => WitnessStateFile.TryExchange(path, request, [witness], clock, out _, out _));

        File.AppendAllText(path, "latest x\n");
        Assert.False(WitnessStateFile.TryRead(path, out _, out var fault));
        Assert.Equal($"{path}, line 4", fault.Place);
    }

    [Fact]
    public async Task FolderTileStore_ATile_NeverChanges()
    {
        var store = new FolderTileStore(new DiskFolder(_folder));
        var path = new TilePath(0, 1_234_067, TilePath.FullWidth);
        await store.WriteAsync(path, new byte[8192], CancellationToken.None);
        await store.WriteAsync(path, new byte[8192], CancellationToken.None);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await store.WriteAsync(path, new byte[8191], CancellationToken.None));
        Assert.Equal(8192, (await store.ReadAsync(path, CancellationToken.None))!.Value.Length);
        Assert.Null(await store.ReadAsync(path with { Index = 3 }, CancellationToken.None));
        Assert.True(File.Exists(Path.Combine(_folder, "tile", "0", "x001", "x234", "067")));
    }

    [Theory]
    [InlineData("../outside")]
    [InlineData("/etc/passwd")]
    [InlineData("a//b")]
    [InlineData("a/..")]
    [InlineData("a b")]
    [InlineData("")]
    public void DiskFolder_NameThatLeadsOutside_IsNeitherReadNorMade(string name)
    {
        var folder = new DiskFolder(_folder);
        Assert.Null(folder.OpenRead(name));
        Assert.Throws<ArgumentException>(() => folder.Create(name));
    }

    [Fact]
    public void DiskFolder_Links_AreListedAndNeverFollowed()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "in"));
        File.WriteAllText(Path.Combine(_folder, "in", "file"), "x");
        File.CreateSymbolicLink(Path.Combine(_folder, "link"), "/etc/passwd");
        Directory.CreateSymbolicLink(Path.Combine(_folder, "away"), "/etc");
        var folder = new DiskFolder(_folder);
        Assert.Equal(["away", "in/file", "link"], folder.List());
        Assert.Null(folder.OpenRead("link"));
        Assert.Null(folder.OpenRead("away/passwd"));
        using var file = folder.OpenRead("in/file");
        Assert.NotNull(file);
    }

    [Fact]
    public void DiskFolder_APipeInThePlaceOfAFile_IsNotOpened()
    {
        // Opening it would wait for a writer for ever: an officer's verifier would hang on a pack from strangers.
        using (var made = System.Diagnostics.Process.Start("mkfifo", Path.Combine(_folder, "events.jsonl")))
        {
            made.WaitForExit();
        }

        var folder = new DiskFolder(_folder);
        Assert.Equal(["events.jsonl"], folder.List());
        Assert.Null(folder.OpenRead("events.jsonl"));
        Directory.CreateDirectory(Path.Combine(_folder, "checkpoint"));
        Assert.Null(folder.OpenRead("checkpoint"));
    }

    [Fact]
    public void WitnessStateFile_WatchingDuringAnExchange_WaitsForNoHeadToBeLost()
    {
        var path = Path.Combine(_folder, "court.state");
        using var log = SamplePack.LogKey();
        Assert.True(WitnessStateFile.TryWatch(path, [log.Key], out var state, out var fault), fault?.ToString());
        Assert.Equal(log.Key, Assert.Single(state.Keys));
        using (new FileStream(path + ".lock", FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            Assert.Throws<IOException>(() => WitnessStateFile.TryWatch(path, [log.Key], out _, out _));
        }

        // A head that was cosigned in between stays.
        WitnessStateFile.Write(path, state.WithHead(SampleLog.Origin, new WitnessedHead(70, TreeHasher.EmptyRoot)));
        using var next = SigningKey.FromSeed(SampleLog.Origin, SignatureType.Ed25519, new byte[32]);
        Assert.True(WitnessStateFile.TryWatch(path, [next.Key], out state, out _));
        Assert.Equal((2, 70UL), (state.Keys.Count, state.HeadOf(SampleLog.Origin).Size));
    }

    [Fact]
    public void WitnessStateFile_OfAnySize_IsReadInBoundedMemory()
    {
        var path = Path.Combine(_folder, "court.state");
        using (var file = File.Create(path))
        {
            file.SetLength(1L << 33);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.False(WitnessStateFile.TryRead(path, out _, out var fault));
        Assert.Equal(FaultCode.TooLarge, fault.Code);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2 * WitnessState.MaxBytes);
    }

    private static void AssertRefused(string path, string reason)
    {
        Assert.False(KeyFile.TryRead(path, out _, out var fault));
        Assert.Equal((FaultCode.SigningKey, path), (fault.Code, fault.Place));
        Assert.StartsWith(reason, fault.Reason, StringComparison.Ordinal);
    }
}
