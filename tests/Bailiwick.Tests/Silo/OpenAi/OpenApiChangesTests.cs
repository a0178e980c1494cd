using System.Text.Json.Nodes;

namespace Bailiwick.Tests.Silo.OpenAi;

/// <summary>The OpenAPI file only grows. An addition is copied to the golden file in the same commit.</summary>
public sealed class OpenApiChangesTests
{
    private static readonly string Now = Path.Combine(Repository.Root, "src/Bailiwick.Protocol/OpenApi/bailiwick.openapi.json");
    private static readonly string Golden = Repository.Fixture("golden", "bailiwick.openapi.json");

    [Fact]
    public void File_ComparedWithItsGoldenCopy_BreaksNothing() =>
        Assert.Empty(OpenApiChanges.Breaking(JsonNode.Parse(File.ReadAllText(Golden))!, JsonNode.Parse(File.ReadAllText(Now))!));

    [Theory]
    [InlineData("/paths/~1v1~1models", null, "GET /v1/models is gone")]
    [InlineData("/components/schemas/Model/properties/build", null, "Model.build is gone")]
    [InlineData("/components/schemas/Model/properties/created/type", "\"string\"", "Model.created has another type")]
    [InlineData("/components/schemas/Model/required", """["id"]""", "Model.object may be absent now")]
    [InlineData("/components/schemas/ChatRequest/required", """["model", "messages", "seed"]""", "ChatRequest.seed is required now")]
    [InlineData("/components/schemas/ChatRequest/properties/temperature/maximum", "1", "ChatRequest.temperature has another maximum")]
    [InlineData("/components/schemas/Message/properties/role/enum", """["user"]""", "Message.role has lost a value: system")]
    [InlineData("/paths/~1v1~1completions/post/responses/422", null, "POST /v1/completions answers no 422 any more")]
    public void Edit_ThatBreaksACaller_IsNamed(string pointer, string? value, string told)
    {
        var edited = JsonNode.Parse(File.ReadAllText(Golden))!;
        Edit(edited, pointer, value);

        Assert.Contains(told, OpenApiChanges.Breaking(JsonNode.Parse(File.ReadAllText(Golden))!, edited));
    }

    [Theory]
    [InlineData("/components/schemas/Model/properties/new", """{"type": "string"}""")]
    [InlineData("/components/schemas/ChatRequest/properties/new", """{"type": "string"}""")]
    [InlineData("/paths/~1v1~1new", """{"post": {"responses": {"200": {"description": "x"}}}}""")]
    public void Edit_ThatAdds_BreaksNothing(string pointer, string value)
    {
        var edited = JsonNode.Parse(File.ReadAllText(Golden))!;
        Edit(edited, pointer, value);

        Assert.Empty(OpenApiChanges.Breaking(JsonNode.Parse(File.ReadAllText(Golden))!, edited));
    }

    private static void Edit(JsonNode document, string pointer, string? value)
    {
        var parts = pointer[1..].Split('/').Select(part => part.Replace("~1", "/", StringComparison.Ordinal)).ToList();
        var parent = parts.SkipLast(1).Aggregate(document, (node, part) => node[part]!).AsObject();
        parent.Remove(parts[^1]);
        if (value is not null)
        {
            parent[parts[^1]] = JsonNode.Parse(value);
        }
    }
}
