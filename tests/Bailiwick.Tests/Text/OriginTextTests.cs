using Bailiwick.Text;

namespace Bailiwick.Tests.Text;

public sealed class OriginTextTests
{
    private static readonly OriginText Mixed = OriginText.Concat(
        OriginText.FromTemplate("ab"), OriginText.FromTemplate("c"), OriginText.FromClient("de"), OriginText.Empty, OriginText.FromTemplate("f"));

    [Fact]
    public void Concat_NeighboursOfOneOrigin_BecomeOneRun()
    {
        Assert.Equal("abcdef", Mixed.Text);
        Assert.Equal([new(0, 3, Origin.Template), new(3, 2, Origin.Client), new(5, 1, Origin.Template)], Mixed.Runs);
        Assert.True(Mixed.HasClient);
        Assert.False(OriginText.FromTemplate("x").HasClient);
    }

    [Fact]
    public void Slice_EveryStretch_KeepsTheOriginOfEveryCharacter()
    {
        for (var start = 0; start <= Mixed.Length; start++)
        {
            for (var length = 0; start + length <= Mixed.Length; length++)
            {
                var slice = Mixed.Slice(start, length);
                Assert.Equal(Mixed.Text.Substring(start, length), slice.Text);
                Assert.Equal(length, slice.Runs.Sum(run => run.Length));
                Assert.All(Enumerable.Range(0, length), at => Assert.Equal(Mixed.OriginAt(start + at), slice.OriginAt(at)));
                Assert.Equal(slice.Runs.All(run => run.Origin == Origin.Template), Mixed.AllTemplate(start, length));
            }
        }
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(0, 7)]
    [InlineData(6, 1)]
    [InlineData(0, -1)]
    public void Slice_StretchOutside_Throws(int start, int length)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Mixed.Slice(start, length));
        Assert.Throws<ArgumentOutOfRangeException>(() => Mixed.AllTemplate(start, length));
    }

    [Fact]
    public void Empty_HasNoRuns()
    {
        Assert.Empty(OriginText.FromClient("").Runs);
        Assert.True(OriginText.Empty.AllTemplate(0, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => OriginText.Empty.OriginAt(0));
    }
}
