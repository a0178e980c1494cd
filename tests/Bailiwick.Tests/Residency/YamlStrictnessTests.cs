using System.Text;
using Bailiwick.Residency.Loading;

namespace Bailiwick.Tests.Residency;

/// <summary>Ways of YAML to say something that a reader does not see, on top of the malformed files of the corpus.</summary>
public sealed class YamlStrictnessTests
{
    private static readonly string Sample = Encoding.UTF8.GetString(Corpus.File("sample.yaml"));

    [Theory]
    [InlineData("policy: ! sample", "yaml-tag")]
    [InlineData("policy: ! \"sample\"", "yaml-tag")]
    [InlineData("policy: !!str sample", "yaml-tag")]
    [InlineData("policy: !<tag:yaml.org,2002:str> sample", "yaml-tag")]
    [InlineData("policy: &a sample", "yaml-alias")]
    [InlineData("policy: *a", "yaml-alias")]
    [InlineData("policy:", "schema-value")]
    [InlineData("policy: [sample]", "schema-type")]
    [InlineData("? [policy]\n: sample", "yaml")]
    [InlineData("policy: sample\n\"policy\": sample", "yaml-duplicate-key")]
    [InlineData("<<: {policy: sample}", "schema-missing-field schema-unknown-field")]
    public void Load_FirstLineWrittenOtherwise_IsRefused(string line, string codes) => Assert.Equal(
        codes.Split(' '), Codes(Sample.Replace("policy: sample ", line + " ", StringComparison.Ordinal)));

    [Theory]
    [InlineData("%TAG !e! tag:x:\n---\n", "yaml-tag")]
    [InlineData("%TAG ! tag:yaml.org,2002:\n---\n", "yaml-tag")]
    [InlineData("%YAML 9.1\n---\n", "yaml")]
    [InlineData("--- a\n---\n", "yaml-multiple-documents")]
    public void Load_SomethingBeforeTheDocument_IsRefused(string prefix, string code) =>
        Assert.Equal([code], Codes(prefix + Sample));

    [Fact]
    public void Load_QuotesByteOrderMarkAndOtherLineEnds_MeanTheSame()
    {
        Assert.Empty(Codes("\ufeff" + Sample));
        Assert.Empty(Codes(Sample.Replace("\n", "\r\n", StringComparison.Ordinal)));
        Assert.Empty(Codes(Sample.Replace("policy: sample ", "'policy': \"sample\" ", StringComparison.Ordinal)));
    }

    private static IEnumerable<string> Codes(string yaml) =>
        PolicyLoader.Load(Encoding.UTF8.GetBytes(yaml)).Faults.Select(f => f.Code).Order(StringComparer.Ordinal);
}
