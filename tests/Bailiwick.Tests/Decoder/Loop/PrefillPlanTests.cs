using Bailiwick.Decoder.Loop;
using CsCheck;

namespace Bailiwick.Tests.Decoder.Loop;

public sealed class PrefillPlanTests
{
    [Fact]
    public void NextPiece_AnyPromptAndBound_CoversItWithoutAPieceOfOne() =>
        Gen.Select(Gen.Int[1, 5000], Gen.Int[2, 700]).Sample(
            (prompt, most) =>
            {
                var pieces = Pieces(prompt, most);
                return pieces.Sum() == prompt
                    && (prompt == 1 || pieces.TrueForAll(static piece => piece >= 2))
                    && pieces.TrueForAll(piece => piece <= Math.Max(most, 3));
            },
            seed: "0000KOIKe1C0",
            threads: 1);

    [Theory]
    [InlineData(1, 512, new[] { 1 })]
    [InlineData(513, 512, new[] { 511, 2 })]
    [InlineData(3, 2, new[] { 3 })]
    [InlineData(5, 2, new[] { 2, 3 })]
    [InlineData(1024, 512, new[] { 512, 512 })]
    public void NextPiece_Borders_CutAsStated(int prompt, int most, int[] expected) =>
        Assert.Equal(expected, Pieces(prompt, most));

    private static List<int> Pieces(int prompt, int most)
    {
        var pieces = new List<int>();
        for (var left = prompt; left > 0; left -= pieces[^1])
        {
            pieces.Add(PrefillPlan.NextPiece(left, most));
        }

        return pieces;
    }
}
