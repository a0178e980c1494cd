using Bailiwick.Evidence;

namespace Bailiwick.Tests.Evidence;

/// <summary>What is damaged in the storage of a log is named, and nothing beside it.</summary>
public sealed class LogCheckTests
{
    /// <summary>Three levels, each with an unfinished tile.</summary>
    private static readonly Lazy<Task<(MemoryTileStore Store, Checkpoint Head)>> Large = new(() => BuildAsync(65_536 + 256 + 40));

    [Theory]
    [InlineData(40, true)]
    [InlineData(256, true)]
    [InlineData(256, false)]
    [InlineData(600, true)]
    [InlineData(600, false)]
    [InlineData(40, false)]
    public async Task Check_OneFlippedByteAnywhere_NamesThatFileAlone(ulong size, bool withBundles)
    {
        var (store, head) = await BuildAsync(size);
        Assert.Empty(await new LogCheck(store, head).RunAsync(withBundles, CancellationToken.None));
        foreach (var path in TileLayout.Tiles(size).Concat(withBundles ? TileLayout.Bundles(size) : []))
        {
            var damaged = new DamagedStore(store);
            await damaged.FlipAsync(path);
            Assert.Equal([path.ToString()], await PlacesAsync(damaged, head, withBundles));
        }
    }

    [Theory]
    [InlineData("tile/0/007")]
    [InlineData("tile/0/256")]
    [InlineData("tile/0/257.p/40")]
    [InlineData("tile/1/000")]
    [InlineData("tile/1/001.p/1")]
    [InlineData("tile/2/000.p/1")]
    [InlineData("tile/entries/007")]
    [InlineData("tile/0/007", "tile/0/008")]
    [InlineData("tile/0/007", "tile/2/000.p/1")]
    [InlineData("tile/0/007", "tile/entries/007")]
    [InlineData("tile/0/007", "tile/0/257.p/40")]
    [InlineData("tile/1/000", "tile/1/001.p/1", "tile/2/000.p/1")]
    public async Task Check_SeveralDamagedFilesOfALargeLog_NamesThoseAlone(params string[] places)
    {
        var (store, head) = await Large.Value;
        var damaged = new DamagedStore(store);
        foreach (var place in places)
        {
            await damaged.FlipAsync(Path(place));
        }

        Assert.Equal(places.Order(), (await PlacesAsync(damaged, head, withBundles: true)).Order());
    }

    [Fact]
    public async Task Check_OneGoneAndAnotherDamaged_NamesBoth()
    {
        var (store, head) = await Large.Value;
        var damaged = new DamagedStore(store);
        damaged.Remove(Path("tile/0/007"));
        await damaged.FlipAsync(Path("tile/0/009"));

        var faults = await new LogCheck(damaged, head).RunAsync(withBundles: false, CancellationToken.None);

        Assert.Equal(
            ["tile/0/007: is missing", "tile/0/009: does not give its hash in the tile above it"], faults.Select(fault => fault.ToString()));
    }

    [Fact]
    public async Task Check_WhatTheHeadCannotDecide_SaysThatItCannotTell()
    {
        var (store, head) = await BuildAsync(600);
        var damaged = new DamagedStore(store);
        await damaged.FlipAsync(Path("tile/0/001"));
        await damaged.FlipAsync(Path("tile/1/000.p/2"));

        var faults = await new LogCheck(damaged, head).RunAsync(withBundles: false, CancellationToken.None);

        Assert.Contains(
            "tile/1/000.p/2: hash 1 is not that of tile/0/001: one of the two is damaged", faults.Select(fault => fault.ToString()));
        Assert.Contains("tile/0: the tiles of level 0 do not give the signed root", faults.Select(fault => fault.ToString()));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(512)]
    public async Task Check_TilesOfAnotherLog_AreNotTheSignedOnes(ulong size)
    {
        var (store, _) = await BuildAsync(size);
        var head = new Checkpoint(SampleLog.Origin, size, TreeHasher.Leaf("other"u8));

        Assert.Equal(["tile/0"], await PlacesAsync(store, head, withBundles: true));
    }

    private static async Task<(MemoryTileStore Store, Checkpoint Head)> BuildAsync(ulong size)
    {
        var (store, appender) = await SampleLog.BuildAsync(size);
        return (store, new Checkpoint(SampleLog.Origin, size, appender.Root()));
    }

    private static async Task<IEnumerable<string?>> PlacesAsync(ITileStore store, Checkpoint head, bool withBundles) =>
        (await new LogCheck(store, head).RunAsync(withBundles, CancellationToken.None)).Select(fault => fault.Place);

    private static TilePath Path(string text) => TilePath.TryParse(text, out var path) ? path : throw new ArgumentException(text);

    /// <summary>Another store's tiles, some of them changed or gone.</summary>
    private sealed class DamagedStore(ITileStore sound) : ITileStore
    {
        private readonly Dictionary<TilePath, byte[]?> _changed = [];

        public ValueTask<ReadOnlyMemory<byte>?> ReadAsync(TilePath path, CancellationToken cancellationToken) =>
            _changed.TryGetValue(path, out var bytes)
                ? ValueTask.FromResult(bytes is null ? default(ReadOnlyMemory<byte>?) : bytes)
                : sound.ReadAsync(path, cancellationToken);

        public ValueTask WriteAsync(TilePath path, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => throw new NotSupportedException();

        /// <summary>A byte of its second-last hash, or of the last one's where it has but one; of a bundle, of an entry's text.</summary>
        public async Task FlipAsync(TilePath path)
        {
            var bytes = (await sound.ReadAsync(path, CancellationToken.None))!.Value.ToArray();
            bytes[^(bytes.Length > TreeHash.Length ? TreeHash.Length + 1 : 1)] ^= 1;
            _changed[path] = bytes;
        }

        public void Remove(TilePath path) => _changed[path] = null;
    }
}
