using Bailiwick.Decoder.Sampling;

namespace Bailiwick.Tests.Decoder.Sampling;

public sealed class PhiloxTests
{
    // Known answers of Random123 (kat_vectors, philox4x32, 10 rounds).
    [Theory]
    [InlineData(0u, 0u, 0u, 0u, 0u, 0u, 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)]
    [InlineData(
        0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu,
        0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu)]
    [InlineData(
        0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u, 0xa4093822u, 0x299f31d0u,
        0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u)]
    public void Block_PublishedCounterAndKey_GivesPublishedWords(
        uint c0, uint c1, uint c2, uint c3, uint key0, uint key1, uint x0, uint x1, uint x2, uint x3) =>
        Assert.Equal((x0, x1, x2, x3), Philox.Block(c0, c1, c2, c3, key0, key1));

    [Fact]
    public void Uniform_ManyPositions_FillsTenBinsEvenly()
    {
        const int draws = 100_000;
        var bins = new int[10];
        for (var position = 0; position < draws; position++)
        {
            bins[(int)(Philox.Uniform(seed: 42, (ulong)position) * bins.Length)]++;
        }

        ChiSquare.AssertFits(bins, Enumerable.Repeat(1.0 / bins.Length, bins.Length));
    }

    [Fact]
    public void Uniform_NeighbouringSeeds_GivesUnrelatedDraws()
    {
        const int draws = 20_000;
        var sum = 0.0;
        for (var position = 0; position < draws; position++)
        {
            sum += (Philox.Uniform(7, (ulong)position) - 0.5) * (Philox.Uniform(8, (ulong)position) - 0.5);
        }

        // Correlation of independent draws: standard error 1/sqrt(n); five of them.
        Assert.InRange(sum / draws * 12, -5 / Math.Sqrt(draws), 5 / Math.Sqrt(draws));
    }
}
