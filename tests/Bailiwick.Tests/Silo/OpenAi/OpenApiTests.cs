using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Bailiwick.Protocol;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Turns;
using Bailiwick.Tests.Silo.Api;
using Json.Schema;
using Microsoft.AspNetCore.Routing;

namespace Bailiwick.Tests.Silo.OpenAi;

/// <summary>
/// The OpenAPI file says what the door does: the same paths and methods, requests and answers of its schemas. To add an endpoint: its path in
/// the file, a sample here, and the golden copy in the same commit.
/// </summary>
public sealed class OpenApiTests : IAsyncLifetime
{
    private static readonly string File = Path.Combine(Repository.Root, "src/Bailiwick.Protocol/OpenApi/bailiwick.openapi.json");
    private static readonly JsonNode Document = JsonNode.Parse(System.IO.File.ReadAllText(File))!;

    private DoorHost _host = null!;

    public static TheoryData<string, string, string> Samples => new()
    {
        { "/v1/chat/completions", "ChatRequest", """{"model": "tiny", "messages": [{"role": "user", "content": "x"}]}""" },
        {
            "/v1/chat/completions", "ChatRequest",
            """
            {"model": "tiny", "messages": [{"role": "system", "content": [{"type": "text", "text": "x"}]}, {"role": "user", "content": "y"}],
             "max_tokens": 4, "temperature": 0, "top_p": 0.5, "top_k": -1, "seed": 7, "stop": ["a"], "logprobs": true, "top_logprobs": 2,
             "logit_bias": {"7": -100}, "response_format": {"type": "json_object"}, "bailiwick": {"label": {"class": "internal"}, "conversation": "conv_0123456789abcdef0123456789abcdef"}, "store": true}
            """
        },
        { "/v1/chat/completions", "ChatRequest", """{"model": "tiny", "messages": [{"role": "user", "content": "x"}], "stream": true, "stream_options": {"include_usage": true}}""" },
        {
            "/v1/chat/completions", "ChatRequest",
            """
            {"model": "tiny", "tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}, "strict": true}}], "tool_choice": "required",
             "messages": [{"role": "user", "content": "x"}, {"role": "assistant", "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
             {"role": "tool", "tool_call_id": "c", "content": "y"}]}
            """
        },
        { "/v1/completions", "CompletionRequest", """{"model": "tiny", "prompt": "x", "logprobs": 1}""" },
        { "/v1/completions", "CompletionRequest", """{"model": "tiny", "prompt": ["x"], "stream": true}""" },
        { "/v1/responses", "ResponseRequest", """{"model": "tiny", "input": "x", "instructions": "y", "max_output_tokens": 4}""" },
        { "/v1/responses", "ResponseRequest", """{"model": "tiny", "input": [{"role": "user", "content": "x"}], "stream": true}""" },
        { "/v1/responses", "ResponseRequest", """{"model": "tiny", "input": "x", "store": true, "background": true, "parallel_tool_calls": false, "conversation": {"id": "conv_1"}}""" },
        { "/v1/responses", "ResponseRequest", """{"model": "tiny", "input": "x", "store": false, "previous_response_id": "resp_1", "conversation": null}""" },
    };

    public async Task InitializeAsync() => _host = await DoorHost.StartAsync();

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public void File_ReadByTheOpenApiLibrary_HasNoFault()
    {
        var read = Microsoft.OpenApi.OpenApiDocument.Parse(System.IO.File.ReadAllText(File), "json");

        Assert.Empty(read.Diagnostic!.Errors.Select(error => error.ToString()));
        Assert.Equal(Microsoft.OpenApi.OpenApiSpecVersion.OpenApi3_1, read.Diagnostic.SpecificationVersion);
    }

    [Fact]
    public void Paths_OfTheFile_AreThoseThatTheDoorServes()
    {
        var served = _host.Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.RoutePattern.RawText?.StartsWith("/v1/", StringComparison.Ordinal) is true)
            .SelectMany(endpoint => (endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? [])
                .Select(method => $"{method} {Parameter(endpoint.RoutePattern.RawText!)}"));
        var told = Document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject().Select(act => $"{act.Key.ToUpperInvariant()} {Parameter(path.Key)}"));

        Assert.Equal(served.Distinct().Order(StringComparer.Ordinal), told.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public async Task Sample_OfARequest_AndItsAnswer_AreOfTheSchemas(string path, string schema, string body)
    {
        Assert.Null(Fault(schema, body));
        _host.Turns.Play(ScriptedTurns.Started, ScriptedTurns.Tokens("Hi"), ScriptedTurns.Whole);

        using var answer = await SendAsync(HttpMethod.Post, path, body);
        var text = await answer.Content.ReadAsStringAsync();

        Assert.True(answer.IsSuccessStatusCode, text);
        var type = answer.Content.Headers.ContentType!.MediaType!;
        var told = Document["paths"]![path]!["post"]!["responses"]!["200"]!;
        Assert.NotNull(told["content"]![type]);
        AssertTold("POST", path, answer);
        var (whole, part) = path switch
        {
            "/v1/chat/completions" => ("ChatCompletion", "ChatCompletionChunk"),
            "/v1/completions" => ("Completion", "Completion"),
            _ => ("Response", "ResponseEvent"),
        };
        if (type == "application/json")
        {
            Assert.Null(Fault(whole, text));
            return;
        }

        var events = text.Split('\n').Where(line => line.StartsWith("data: {", StringComparison.Ordinal)).Select(line => line[6..]).ToList();
        Assert.NotEmpty(events);
        Assert.All(events, data => Assert.Null(Fault(part, data)));
    }

    public static TheoryData<string, string> TurnsAndCodes
    {
        get
        {
            var rows = new TheoryData<string, string>();
            foreach (var path in new[] { "/v1/chat/completions", "/v1/completions", "/v1/responses" })
            {
                // By a wrong method or without a credential nobody comes to a turn.
                foreach (var row in Errors.All.Where(row => row != Errors.Method && row != Errors.Unauthenticated))
                {
                    rows.Add(path, row.Code);
                }
            }

            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(TurnsAndCodes))]
    public async Task Refusal_OfATurn_BeforeItAndWithinIt_IsInTheFile(string path, string code)
    {
        var refusal = Refusal.Of(code, "It is so.");
        refusal = refusal.Row.Http is 409 or 429 or 503 ? refusal with { RetryAfter = TimeSpan.FromSeconds(1) } : refusal;
        var body = Samples.First(sample => path.Equals(sample[0]))[2].ToString();

        _host.Turns.Play(new TurnRefused(refusal));
        using var refused = await SendAsync(HttpMethod.Post, path, body);
        AssertTold("POST", path, refused);
        Assert.Equal(refusal.Row.Http, (int)refused.StatusCode);

        // These are found out before anything begins that could break.
        if (refusal.Row.Http is 400 or 404 or 413 or 421)
        {
            return;
        }

        _host.Turns.Play(ScriptedTurns.Started, new TurnFailed(refusal, ScriptedTurns.Whole.Receipt));
        using var broken = await SendAsync(HttpMethod.Post, path, body);
        AssertTold("POST", path, broken);
        Assert.True(broken.Headers.Contains("X-Bailiwick-Receipt"));
    }

    public static TheoryData<string> Posts => [.. Document["paths"]!.AsObject().Where(path => path.Value!["post"] is not null).Select(path => path.Key)];

    [Theory]
    [MemberData(nameof(Posts))]
    public async Task IdempotencyKey_IsReadWhereTheFileSaysSo_AndNowhereElse(string path)
    {
        var told = Document["paths"]![path]!["post"]!["parameters"]?.AsArray().Any(one => Resolved(one!)["name"]!.GetValue<string>() == "Idempotency-Key") is true;
        _host.Turns.Play(ScriptedTurns.Started, ScriptedTurns.Whole);
        var body = Samples.FirstOrDefault(sample => path.Equals(sample[0]))?[2].ToString() ?? """{"model": "tiny", "input": "x"}""";

        using var answer = await SendAsync(HttpMethod.Post, Parameter(path).Replace("{}", "resp_none", StringComparison.Ordinal), body, key: "two words");

        var param = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["error"]?["param"]?.GetValue<string>();
        Assert.Equal(told, param == "Idempotency-Key");
    }

    [Theory]
    [InlineData("POST", "/v1/responses/input_tokens", "InputTokens")]
    [InlineData("GET", "/v1/models", "ModelList")]
    [InlineData("GET", "/v1/models/tiny", "Model")]
    [InlineData("GET", "/v1/models/none", "Error")]
    [InlineData("POST", "/v1/conversations", "Conversation")]
    [InlineData("GET", "/v1/conversations", "ConversationList")]
    [InlineData("GET", "/v1/conversations/none", "Error")]
    [InlineData("GET", "/v1/conversations/none/items", "Error")]
    [InlineData("GET", "/v1/requests/none", "Error")]
    [InlineData("GET", "/v1/responses/resp_none", "Error")]
    [InlineData("DELETE", "/v1/responses/resp_none", "Error")]
    [InlineData("POST", "/v1/responses/resp_none/cancel", "Error")]
    [InlineData("GET", "/v1/responses/resp_none/input_items?limit=0", "Error")]
    [InlineData("GET", "/v1/nothing", "Error")]
    [InlineData("DELETE", "/v1/models", "Error")]
    [InlineData("POST", "/v1/chat/completions", "Error")]
    public async Task Answer_OfAPath_IsOfItsSchema(string method, string path, string schema)
    {
        _host.Shards.Reply = _ => new TextReply { Count = 5 };
        var body = path.EndsWith("/input_tokens", StringComparison.Ordinal) ? """{"model": "tiny", "input": "x"}""" : "{}";
        using var answer = await SendAsync(new HttpMethod(method), path, method == "POST" ? body : null);

        Assert.Null(Fault(schema, await answer.Content.ReadAsStringAsync()));
        if (Document["paths"]!.AsObject().FirstOrDefault(told => Matches(told.Key, path)).Value?[method.ToLowerInvariant()] is not null)
        {
            AssertTold(method, path, answer);
        }
    }

    [Theory]
    [InlineData("ChatRequest", """{"model": "tiny"}""")]
    [InlineData("ChatRequest", """{"model": "tiny", "messages": [], "temperature": 0}""")]
    [InlineData("ChatRequest", """{"model": "tiny", "messages": [{"role": "king", "content": "x"}]}""")]
    [InlineData("ChatRequest", """{"model": "tiny", "messages": [{"role": "user", "content": "x"}], "temperature": 3}""")]
    [InlineData("ChatRequest", """{"model": "tiny", "messages": [{"role": "user", "content": "x"}], "bailiwick": {"lable": {}}}""")]
    [InlineData("CompletionRequest", """{"model": "tiny", "prompt": ["x", "y"]}""")]
    public async Task Sample_ThatTheSchemaRefuses_TheDoorRefusesToo(string schema, string body)
    {
        Assert.NotNull(Fault(schema, body));

        using var answer = await SendAsync(HttpMethod.Post, schema == "ChatRequest" ? "/v1/chat/completions" : "/v1/completions", body);

        Assert.InRange((int)answer.StatusCode, 400, 422);
    }

    [Fact]
    public async Task Answer_WithoutACredential_IsInTheFile()
    {
        using var client = new HttpClient();
        using var answer = await client.GetAsync(_host.At(_host.Listen.Http, "/v1/models"));

        AssertTold("GET", "/v1/models", answer);
        Assert.Equal(401, (int)answer.StatusCode);
    }

    /// <summary>Status and headers of our own stand in the file.</summary>
    private static void AssertTold(string method, string path, HttpResponseMessage answer)
    {
        var act = Document["paths"]!.AsObject().First(told => Matches(told.Key, path)).Value![method.ToLowerInvariant()]!;
        var told = act["responses"]![((int)answer.StatusCode).ToString(CultureInfo.InvariantCulture)];
        Assert.True(told is not null, $"{method} {path} answers {(int)answer.StatusCode}");
        var headers = answer.Headers.Select(header => header.Key)
            .Where(name => name.StartsWith("X-", StringComparison.OrdinalIgnoreCase) || name is "Retry-After" or "WWW-Authenticate")
            .Except(OfEveryAnswer, StringComparer.OrdinalIgnoreCase);
        Assert.Empty(headers.Except(Resolved(told!)["headers"]!.AsObject().Select(header => header.Key), StringComparer.OrdinalIgnoreCase));
    }

    private static readonly string[] OfEveryAnswer = ["X-Content-Type-Options", "X-Accel-Buffering"];

    private static JsonNode Resolved(JsonNode node) => node["$ref"]?.GetValue<string>() is { } reference
        ? reference.Split('/').Skip(1).Aggregate(Document, (at, name) => at[name]!)
        : node;

    private static bool Matches(string told, string path) =>
        System.Text.RegularExpressions.Regex.IsMatch(path, $"^{System.Text.RegularExpressions.Regex.Replace(told, @"\{[^}]*\}", "[^/?]+")}(\\?|$)");

    /// <summary>A path without the name of its parameter: `{**reference}` and `{model}` are one.</summary>
    private static string Parameter(string path) => System.Text.RegularExpressions.Regex.Replace(path, @"\{[^}]*\}", "{}");

    /// <summary>What is wrong with a document under a schema of the file; null = nothing.</summary>
    private static string? Fault(string schema, string json)
    {
        var text = Document["components"]!["schemas"]!.ToJsonString().Replace("#/components/schemas/", "#/$defs/", StringComparison.Ordinal);
        var whole = JsonSchema.FromText($$"""{"$schema": "https://json-schema.org/draft/2020-12/schema", "$ref": "#/$defs/{{schema}}", "$defs": {{text}}}""");
        var result = whole.Evaluate(JsonNode.Parse(json), new EvaluationOptions { OutputFormat = OutputFormat.List });
        return result.IsValid ? null : string.Join("; ", result.Details.Where(detail => detail.HasErrors).SelectMany(detail =>
            detail.Errors!.Select(error => $"{detail.InstanceLocation}: {error.Value}")));
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? body, string? key = null)
    {
        using var client = new HttpClient();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", _host.Keyring.Add("inference"));
        using var request = new HttpRequestMessage(method, _host.At(_host.Listen.Http, path))
        {
            Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json"),
        };
        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        return await client.SendAsync(request);
    }
}
