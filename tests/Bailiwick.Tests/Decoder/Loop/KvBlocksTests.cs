using Bailiwick.Decoder.Loop;

namespace Bailiwick.Tests.Decoder.Loop;

public sealed class KvBlocksTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(16, 1)]
    [InlineData(17, 2)]
    public void Needed_RoundsUp(int tokens, int blocks) => Assert.Equal(blocks, new KvBlocks(total: 10, blockTokens: 16).Needed(tokens));

    [Fact]
    public void TryReserve_MoreThanIsFree_TakesNothing()
    {
        var blocks = new KvBlocks(total: 3, blockTokens: 16);
        Assert.True(blocks.TryReserve(2));
        Assert.False(blocks.TryReserve(2));
        Assert.Equal(1, blocks.Free);
        blocks.Release(2);
        Assert.Equal(3, blocks.Free);
        Assert.Throws<InvalidOperationException>(() => blocks.Release(1));
    }
}
