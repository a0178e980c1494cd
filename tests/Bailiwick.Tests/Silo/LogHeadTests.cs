using Bailiwick.Evidence;
using Bailiwick.Silo.Audit;

namespace Bailiwick.Tests.Silo;

/// <summary>Unfinished tiles out of the head's edge: those of today's tree and of every smaller one.</summary>
public sealed class LogHeadTests
{
    private static readonly int[] Sizes = [1, 2, 255, 256, 257, 511, 512, 700, 65_535, 65_536, 65_537, 66_000];

    [Fact]
    public async Task Edge_OfATree_GivesItsUnfinishedTilesAndThoseOfSmallerTrees()
    {
        var appender = new TileAppender();
        var store = new MemoryTileStore();
        var previous = 0;
        foreach (var size in Sizes)
        {
            for (; previous < size; previous++)
            {
                appender.Append(BitConverter.GetBytes(previous));
            }

            var files = appender.Drain();
            var head = new LogHead(appender.Size, appender.Root(), 0, 0, LogHead.EdgeOf(files));
            foreach (var file in files.Where(file => file.Path.Level >= 0))
            {
                await store.WriteAsync(file.Path, file.Content, CancellationToken.None);
                Assert.Equal(file.Path.IsFull, head.Unfinished(file.Path) is null);
                for (var width = 1; width <= file.Path.Width && !file.Path.IsFull; width++)
                {
                    var smaller = head.Unfinished(file.Path with { Width = width });
                    Assert.True(smaller!.Value.Span.SequenceEqual(file.Content.Span[..(width * TreeHash.Length)]), $"{file.Path} {width}");
                }
            }
        }
    }

    [Fact]
    public void Tile_ThatTheTreeDoesNotHave_IsNull()
    {
        var appender = new TileAppender();
        for (var i = 0; i < 300; i++)
        {
            appender.Append(BitConverter.GetBytes(i));
        }

        var head = new LogHead(300, appender.Root(), 0, 0, LogHead.EdgeOf(appender.Drain()));
        Assert.Equal((44 + 1) * TreeHash.Length, head.Edge.Length);
        Assert.NotNull(head.Unfinished(new TilePath(0, 1, 44)));
        Assert.NotNull(head.Unfinished(new TilePath(1, 0, 1)));
        Assert.Null(head.Unfinished(new TilePath(0, 1, 45)));
        Assert.Null(head.Unfinished(new TilePath(0, 0, 44)));
        Assert.Null(head.Unfinished(new TilePath(0, 2, 1)));
        Assert.Null(head.Unfinished(new TilePath(1, 0, 2)));
        Assert.Null(head.Unfinished(new TilePath(2, 0, 1)));
    }
}
