using System.Diagnostics;
using System.Text;
using Bailiwick.Text;
using CsCheck;
using Xunit.Abstractions;

namespace Bailiwick.Tests.Text.Tokens;

/// <summary>What holds for every text.</summary>
public sealed class TokenPropertyTests(ITestOutputHelper output)
{
    // The square of a million takes a quarter of an hour and more; what lies between is a busy machine.
    private const int Seconds = 120;

    private static readonly Gen<string> AnyText =
        Gen.OneOf(
            Gen.Int[0, 0x2FF], Gen.Int[0x2000, 0x30FF], Gen.Int[0x4E00, 0x4FFF], Gen.Int[0xAC00, 0xADFF], Gen.Int[0x1D400, 0x1F6FF])
        .Array[0, 40].Select(points => string.Concat(points.Select(point => new Rune(point).ToString())));

    // spm_bpe spells every byte; bpe320 has all of them.
    [Theory]
    [InlineData("bpe320")]
    [InlineData("spm_bpe")]
    public void Decode_EncodedText_IsTheText(string family)
    {
        var model = Tokenizers.Family(family);
        AnyText.Sample(
            text => model.Decode(model.EncodePlain(text), showSpecial: true) == text.Replace('\u2581', family == "spm_bpe" ? ' ' : '\u2581'),
            iter: 2000, seed: "0000000000001");
    }

    [Theory]
    [MemberData(nameof(Tokenizers.Families), MemberType = typeof(Tokenizers))]
    public void Push_AnyIds_GivesValidTextThatEqualsTheWhole(string family)
    {
        var model = Tokenizers.Family(family);
        Gen.Int[-1, model.VocabularySize].Array[0, 60].Sample(
            ids =>
            {
                var detokenizer = model.NewDetokenizer();
                string[] pieces = [.. ids.Select(detokenizer.Push), detokenizer.Flush()];
                return pieces.All(IsWellFormed) && string.Concat(pieces) == model.Decode(ids, showSpecial: false);
            },
            iter: 2000, seed: "0000000000001");
    }

    [Fact]
    public void TokenBytes_OfAnEncodedText_AreItsBytes()
    {
        var model = Tokenizers.Family("bpe320");
        AnyText.Sample(
            text => model.EncodePlain(text).SelectMany(id => model.TokenBytes(id)!).SequenceEqual(Encoding.UTF8.GetBytes(text)),
            iter: 1000, seed: "0000000000001");
    }

    [Fact]
    public void EncodePlain_LoneSurrogate_IsTheReplacementCharacter() =>
        Assert.Equal(Tokenizers.SmolLm2.EncodePlain("a\uFFFDb"), Tokenizers.SmolLm2.EncodePlain("a\uD800b"));

    [Fact]
    public void EncodePlain_AMegabyteOfProse_TakesSeconds()
    {
        var prose = File.ReadAllText(Path.Combine(Repository.Root, "LICENSE"));
        var text = string.Concat(Enumerable.Repeat(prose, (1_000_000 / prose.Length) + 1))[..1_000_000];
        Tokenizers.SmolLm2.EncodePlain(prose);
        Measure("prose", Tokenizers.SmolLm2, text);
    }

    // One piece of a million characters: the merges must not cost the square of it.
    [Theory]
    [InlineData("bpe320")]
    [InlineData("spm_bpe")]
    [InlineData("unigram")]
    [InlineData("smollm2")]
    public void EncodePlain_AMillionLettersWithoutASpace_TakesSeconds(string family)
    {
        var model = family == "smollm2" ? Tokenizers.SmolLm2 : Tokenizers.Family(family);
        Measure(family + ", one letter", model, new string('a', 1_000_000));
    }

    private void Measure(string name, ModelText model, string text)
    {
        var start = Stopwatch.GetTimestamp();
        var count = model.EncodePlain(text).Length;
        var elapsed = Stopwatch.GetElapsedTime(start);
        output.WriteLine($"{name}: {text.Length / 1e6 / elapsed.TotalSeconds:0.00} MB/s, {count} tokens");
        Assert.InRange(elapsed.TotalSeconds, 0, Seconds);
    }

    private static bool IsWellFormed(string text) =>
        Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)) == text;
}
