using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Bailiwick.Text;
using Bailiwick.Text.Tokens;
using Xunit.Abstractions;

namespace Bailiwick.Tests.Text.Tokens;

/// <summary>
/// Components of published tokenizers that the families do not have: normalisation forms, published expressions, split
/// behaviours, Metaspace schemes, rules of added tokens. Ids by the tokenizers library, for equality.
/// </summary>
[Trait("Category", "Reference")]
public sealed class VariantTests(ITestOutputHelper output)
{
    [Fact]
    public void EncodeRecognising_EveryVariantAndText_GivesTheReferenceIds()
    {
        var fixture = JsonNode.Parse(File.ReadAllBytes(Repository.Fixture("tokens", "variants.json")))!;
        string[] texts = [.. fixture["texts"]!.AsArray().Select(text => text!.GetValue<string>())];
        var wrong = new List<string>();
        var count = 0;
        foreach (var variant in fixture["variants"]!.AsArray())
        {
            var model = Build(variant!);
            for (var i = 0; i < texts.Length; i++, count++)
            {
                var ids = string.Join(' ', model.EncodeRecognising(texts[i]).Select(id => id.ToString(CultureInfo.InvariantCulture)));
                if (ids != variant!["ids"]![i]!.GetValue<string>())
                {
                    wrong.Add($"{variant["name"]}: {System.Text.Json.JsonSerializer.Serialize(texts[i])}: {ids}");
                }
            }
        }

        output.WriteLine($"{count} texts of {fixture["variants"]!.AsArray().Count} variants");
        Assert.Empty(wrong);
        Assert.True(count > 1000, "the fixture is empty");
    }

    [Fact]
    public void StandIns_EveryOne_HasTheCategoryItStandsFor() =>
        Assert.All(AstralShadow.Table, pair => Assert.Equal(pair.Category, CharUnicodeInfo.GetUnicodeCategory(pair.StandIn)));

    private static ModelText Build(JsonNode variant)
    {
        var json = JsonNode.Parse(Tokenizers.FamilyJson(variant["base"]!.GetValue<string>()))!;
        foreach (var (name, value) in variant["set"]!.AsObject())
        {
            json[name] = value?.DeepClone();
        }

        foreach (var (name, value) in variant["model"]!.AsObject())
        {
            json["model"]![name] = value?.DeepClone();
        }

        return ModelText.Load(Encoding.UTF8.GetBytes(json.ToJsonString()));
    }
}
