using Bailiwick.Decoder.Loop;
using CsCheck;

namespace Bailiwick.Tests.Decoder.Loop;

public sealed class StopStringsTests
{
    [Theory]
    [InlineData("abcSTOPdef", new[] { "STOP" }, "abc", "STOP")]
    [InlineData("aSTSTOP", new[] { "STOP" }, "aST", "STOP")]
    [InlineData("xabcd", new[] { "bcd", "abcd" }, "x", "abcd")]
    [InlineData("xabcd", new[] { "abcd", "bc" }, "xa", "bc")]
    [InlineData("STO", new[] { "STOP" }, "STO", null)]
    [InlineData("ab\n\nc", new[] { "\n\n" }, "ab", "\n\n")]
    [InlineData("anything", new string[0], "anything", null)]
    public void Append_AnyCut_GivesTheSameTextAndStop(string text, string[] stops, string visible, string? stop)
    {
        for (var cut = 0; cut <= text.Length; cut++)
        {
            Assert.Equal((visible, stop), Run([text[..cut], text[cut..]], stops));
        }

        Assert.Equal((visible, stop), Run([.. text.Select(static letter => letter.ToString())], stops));
    }

    [Fact]
    public void Append_RandomTextInRandomPieces_EqualsOneCharacterAtATime() =>
        Gen.Select(Gen.Char['a', 'c'].Array[0, 40], Gen.Int[1, 6].Array[1, 40], Gen.String[Gen.Char['a', 'c'], 1, 5].Array[1, 4])
            .Sample(
                (letters, sizes, stops) => Run(Cut(new string(letters), sizes), stops)
                    == Run([.. letters.Select(static letter => letter.ToString())], stops),
                seed: "0000KOIKe1C0",
                threads: 1);

    [Fact]
    public void Append_TextThatCannotBeginAStop_LeavesAtOnce()
    {
        var stops = new StopStrings(["STOP"]);
        Assert.Equal("ab", stops.Append("abS"));
        Assert.Equal("Sx", stops.Append("x"));
    }

    private static (string Visible, string? Stop) Run(IEnumerable<string> pieces, string[] stops)
    {
        var watched = new StopStrings(stops);
        var visible = "";
        foreach (var piece in pieces)
        {
            visible += watched.Append(piece);
            if (watched.Matched is not null)
            {
                return (visible, watched.Matched);
            }
        }

        return (visible + watched.Flush(), null);
    }

    private static IEnumerable<string> Cut(string text, int[] sizes)
    {
        var start = 0;
        for (var i = 0; start < text.Length; i++)
        {
            var size = Math.Min(sizes[i % sizes.Length], text.Length - start);
            yield return text.Substring(start, size);
            start += size;
        }
    }
}
