using System.Text;
using System.Text.Json;
using Bailiwick.Tests.Evidence;
using CsCheck;
using Ours = Bailiwick.Protocol.Receipts.CanonicalJson;
using Oracle = Bailiwick.Tests.Evidence.CanonicalJson;

namespace Bailiwick.Tests.Protocol;

/// <summary>What caller and cluster commit to: one spelling, that of RFC 8785 but for numbers.</summary>
public sealed class CanonicalJsonTests
{
    [Theory]
    [InlineData("""[ {"role" : "user", "content" : "a\u0027\u00e9\u2028 \/"} ]""", "[{\"content\":\"a'é\u2028 /\",\"role\":\"user\"}]")]
    [InlineData("""{"b":[true,null,1.50],"a":"\u0001\t\"\\"}""", """{"a":"\u0001\t\"\\","b":[true,null,1.50]}""")]
    [InlineData("""{"€":1,"\r":2,"\ufb33":3,"1":4,"😀":5,"\u0080":6,"ö":7}""", "{\"\\r\":2,\"1\":4,\"\u0080\":6,\"ö\":7,\"€\":1,\"😀\":5,\"\ufb33\":3}")]
    public void Value_OfAnySpelling_HasOne(string json, string expected)
    {
        using var document = JsonDocument.Parse(json);

        Assert.Equal(expected, Encoding.UTF8.GetString(Ours.Of(document.RootElement)));
    }

    [Fact]
    public void Messages_OfRoleAndContent_AreTheCanonicalFormOfTheirJson() => Gen
        .Select(Gen.OneOf(Gen.Const("user"), Gen.Const("assistant"), Gen.Const("system")), Gen.String[Gen.Char['\u0000', '\ud7ff'], 0, 20]).Array[0, 5]
        .Sample(messages =>
        {
            var bytes = Ours.OfMessages(messages.Select(message => (message.Item1, message.Item2)));
            var json = JsonSerializer.SerializeToUtf8Bytes(messages.Select(message => new { role = message.Item1, content = message.Item2 }));
            return Oracle.Of(json) == Encoding.UTF8.GetString(bytes);
        }, iter: 500, seed: "0000000000A1");

    [Fact]
    public void Text_WithHalfASurrogatePair_IsRefused() => Assert.Throws<InvalidOperationException>(
        () => Ours.OfMessages([("user", "\ud800")]));

    [VectorsFact]
    [Trait("Category", "Vectors")]
    public void JcsVectors_WithoutFractions_AreOurs()
    {
        var taken = 0;
        foreach (var row in VectorFile.Public("jcs", "rfc8785.json").Items("tests"))
        {
            var (input, output) = (row.Text("input"), row.Text("output"));
            using var document = JsonDocument.Parse(input);
            if (!HasNumbers(document.RootElement))
            {
                Assert.Equal(output, Encoding.UTF8.GetString(Ours.Of(document.RootElement)));
                taken++;
            }
        }

        Assert.True(taken > 0, "no vector without numbers was found");
    }

    private static bool HasNumbers(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => true,
        JsonValueKind.Array => value.EnumerateArray().Any(HasNumbers),
        JsonValueKind.Object => value.EnumerateObject().Any(property => HasNumbers(property.Value)),
        _ => false,
    };
}
