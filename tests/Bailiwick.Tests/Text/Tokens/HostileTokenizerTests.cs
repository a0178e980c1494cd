using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Bailiwick.Text;
using Bailiwick.Text.Tokens;
using Xunit.Abstractions;

namespace Bailiwick.Tests.Text.Tokens;

/// <summary>Tokenizer files are untrusted: only the declared exceptions, in bounded time and room.</summary>
[Trait("Category", "Hostile")]
public sealed class HostileTokenizerTests(ITestOutputHelper output)
{
    private const int MutationsPerFamily = 1500;
    private const string Sample = "Hello <s>wörld</s> 123 日本 👍\n\n<0x41>";

    [Theory]
    [MemberData(nameof(Tokenizers.Families), MemberType = typeof(Tokenizers))]
    public void Load_MutatedFile_ThrowsOnlyDeclaredExceptions(string family)
    {
        var source = Tokenizers.FamilyJson(family);
        var mutator = new JsonMutator(20261124, source);
        var (loaded, refused) = (0, 0);
        for (var i = 0; i < MutationsPerFamily; i++)
        {
            var mutated = mutator.Next();
            try
            {
                var model = ModelText.Load(mutated);
                model.Decode(model.EncodePlain(Sample), showSpecial: true);
                loaded++;
            }
            catch (TokenizerFormatException)
            {
                refused++;
            }
            catch (TokenizerLimitException)
            {
                refused++;
            }
        }

        output.WriteLine($"{family}: {loaded} mutants load and work, {refused} refused");
        Assert.InRange(refused, MutationsPerFamily / 10, MutationsPerFamily);
        Assert.InRange(loaded, 1, MutationsPerFamily);
    }

    [Fact]
    public void Load_UnknownComponents_AreRefusedByName()
    {
        foreach (var part in new[] { "normalizer", "pre_tokenizer", "model", "decoder", "post_processor" })
        {
            var json = JsonNode.Parse(Tokenizers.FamilyJson("bpe320"))!;
            json[part] = new JsonObject { ["type"] = "Frobnicate" };
            var refusal = Assert.Throws<TokenizerNotSupportedException>(() => ModelText.Load(Bytes(json)));
            Assert.StartsWith(part, refusal.Message, StringComparison.Ordinal);
            Assert.Contains("'Frobnicate'", refusal.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(@"\p{Han}+")]
    [InlineData("[a-z&&[aeiou]]")]
    [InlineData("[[:alpha:]]")]
    [InlineData(@"(a)\1")]
    [InlineData("(?<name>a)")]
    [InlineData("(?m)a")]
    [InlineData("[\U00010400-\U0001044F]")]
    [InlineData(@"\h+")]
    [InlineData("a{2}+")]
    public void Load_ExpressionWithoutAnEqualInDotNet_IsRefusedNotMatchedDifferently(string expression) =>
        Assert.Throws<TokenizerNotSupportedException>(() => ModelText.Load(WithExpression(expression)));

    [Theory]
    [InlineData("")]
    [InlineData("(a")]
    [InlineData("a)")]
    [InlineData("[a")]
    [InlineData("*a")]
    [InlineData("a{99999}")]
    [InlineData("[z-a]")]
    public void Load_InvalidExpression_IsRefused(string expression) =>
        Assert.Throws<TokenizerFormatException>(() => ModelText.Load(WithExpression(expression)));

    // One limit for all matches of a text: each of these 2,000 takes tens of milliseconds.
    [Fact]
    public void EncodePlain_ExpressionThatBacktracksWithoutEnd_StopsAtTheTimeLimit()
    {
        var model = ModelText.Load(WithExpression("(?:a|aa)+(?:x|y)|a{27} "));
        var text = string.Concat(Enumerable.Repeat(new string('a', 27) + " ", 2000));
        var start = Stopwatch.GetTimestamp();
        Assert.Throws<TokenizerLimitException>(() => model.EncodePlain(text));
        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, RegexPattern.TimeLimit * 4);
    }

    [Fact]
    public void EncodePlain_NormalizersThatMultiplyTheText_StopAtTheSizeLimit()
    {
        var step = new JsonObject
        {
            ["type"] = "Replace", ["pattern"] = new JsonObject { ["String"] = "a" }, ["content"] = new string('a', 64),
        };
        var json = JsonNode.Parse(Tokenizers.FamilyJson("bpe320"))!;
        json["normalizer"] = new JsonObject
        {
            ["type"] = "Sequence", ["normalizers"] = new JsonArray([.. Enumerable.Range(0, 4).Select(_ => step.DeepClone())]),
        };
        Assert.Throws<TokenizerLimitException>(() => ModelText.Load(Bytes(json)).EncodePlain("aaaaaa"));
    }

    private static byte[] WithExpression(string expression)
    {
        var json = JsonNode.Parse(Tokenizers.FamilyJson("bpe320"))!;
        json["pre_tokenizer"]!["pretokenizers"]![0]!["pattern"]!["Regex"] = expression;
        return Bytes(json);
    }

    private static byte[] Bytes(JsonNode json) => Encoding.UTF8.GetBytes(json.ToJsonString());
}
