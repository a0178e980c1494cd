using System.Text.Json;
using Bailiwick.Decoder.Grammar;
using Bailiwick.Decoder.Loop;

namespace Bailiwick.Tests.Decoder.Grammar;

public sealed class SchemaTextTests
{
    [Fact]
    public void Prepare_SchemaWithItsOwnOptions_ReplacesThemAndKeepsTheRestInOrder()
    {
        using var prepared = JsonDocument.Parse(JsonSchemaText.Prepare(
            """{"x-guidance":{"whitespace_flexible":true},"type":"object","properties":{"b":{},"a":{}}}"""));
        Assert.False(prepared.RootElement.GetProperty("x-guidance").GetProperty("whitespace_flexible").GetBoolean());
        Assert.Equal(["b", "a"], prepared.RootElement.GetProperty("properties").EnumerateObject().Select(static property => property.Name));
    }

    [Theory]
    [InlineData("")]
    [InlineData("3")]
    [InlineData("false")]
    [InlineData("[]")]
    [InlineData("{\"type\":\"null\",\"type\":\"string\"}")]
    [InlineData("{} {}")]
    public void Prepare_NotASchema_IsRefused(string schema) =>
        Assert.Contains("grammar.json_schema", Assert.Throws<TurnRefusedException>(() => JsonSchemaText.Prepare(schema)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"properties":{"not":{"if":{}}}}""", "if", "#/properties/{0}/if")]
    [InlineData("""{"anyOf":[{},{"items":{"contains":{}}}]}""", "contains", "#/anyOf/1/items/contains")]
    [InlineData("""{"enum":[{"not":1}],"$defs":{"a~b/c":{"not":{}}}}""", "not", "#/$defs/{0}/not")]
    [InlineData("""{"own":{"properties":{"a":{},"b":{"not":{}}}}}""", "not", "#/?/properties/{1}/not")]
    [InlineData("""{"const":{"not":1}}""", "not", null)]
    public void FirstUse_OfAKeyword_IsFoundWhereSchemasStand(string schema, string keyword, string? path) =>
        Assert.Equal(path, SchemaPath.FirstUse(schema, keyword));

    [Fact]
    public void Sentence_EngineTextWithOtherWords_DoesNotPassThemOn()
    {
        const string schema = """{"type":"string"}""";
        var sentence = GrammarFault.Sentence("grammar.json_schema", isSchema: true, "Unimplemented keys: [\"secret\"] near \"secret\"", schema);
        Assert.DoesNotContain("secret", sentence, StringComparison.Ordinal);
    }
}
