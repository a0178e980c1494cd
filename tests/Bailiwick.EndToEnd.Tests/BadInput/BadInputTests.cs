using System.Text;
using System.Text.Json;
using Bailiwick.Client;
using Bailiwick.Protocol.Inference.V1;
using Grpc.Core;

namespace Bailiwick.EndToEnd.Tests.BadInput;

/// <summary>What a real silo says to requests that are wrong, at both doors; after each it still answers a good one.</summary>
[Collection(BadInputCollection.Name)]
[Trait("Category", "BadInput")]
public sealed class BadInputTests(BadInputSite silo)
{
    private const int Context = 8192;

    public static TheoryData<string, int, string> Bodies => new()
    {
        { """{"model":"no-such-model","messages":[{"role":"user","content":"x"}]}""", 404, "model_not_found" },
        { """{"model":"MODEL@0000000000000000","messages":[{"role":"user","content":"x"}]}""", 404, "model_not_found" },
        { """{"model":"MODEL","messages":[{"role":"user","content":"x"]}""", 400, "invalid" },
        { "", 400, "invalid" },
        { """{"model":"MODEL","messages":[]}""", 400, "invalid" },
        { """{"model":"MODEL","n":2,"messages":[{"role":"user","content":"x"}]}""", 422, "capability" },
        { """{"model":"MODEL","temperature":2.5,"messages":[{"role":"user","content":"x"}]}""", 400, "invalid" },
        { """{"model":"MODEL","temperature":1e400,"messages":[{"role":"user","content":"x"}]}""", 400, "invalid" },
        { """{"model":"MODEL","top_p":0,"messages":[{"role":"user","content":"x"}]}""", 400, "invalid" },
        { """{"model":"MODEL","max_tokens":0,"messages":[{"role":"user","content":"x"}]}""", 400, "invalid" },
        { """{"model":"MODEL","max_tokens":99999999999999999999,"messages":[{"role":"user","content":"x"}]}""", 400, "invalid" },
        { """{"model":"MODEL","seed":-1,"messages":[{"role":"user","content":"x"}]}""", 400, "invalid" },
        { """{"model":"MODEL","logit_bias":{"49152":1},"messages":[{"role":"user","content":"x"}]}""", 400, "invalid" },
        { """{"model":"MODEL","guided_regex":"(","messages":[{"role":"user","content":"x"}]}""", 400, "invalid" },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task Chat_WrongBody_IsRefusedWithItsCode(string body, int status, string code)
    {
        await RefusedAsync(Encoding.UTF8.GetBytes(body.Replace("MODEL", BadInputSite.Model, StringComparison.Ordinal)), status, code);
        await silo.LivesAsync();
    }

    [Fact]
    public async Task Chat_BytesThatAreNoText_AreRefused()
    {
        await RefusedAsync([.. "{\"model\":\""u8, 0xc3, 0x28, .. "\"}"u8], 400, "invalid");
        await silo.LivesAsync();
    }

    [Fact]
    public async Task Chat_TenThousandLevels_AreRefused()
    {
        await RefusedAsync(Encoding.UTF8.GetBytes(new string('[', 10_000) + new string(']', 10_000)), 400, "invalid");
        var deep = string.Concat(Enumerable.Repeat("{\"a\":", 10_000)) + "1" + new string('}', 10_000);
        await RefusedAsync(Encoding.UTF8.GetBytes(deep), 400, "invalid");
        await silo.LivesAsync();
    }

    [Fact]
    public async Task Chat_BodyOfFiveMegabytes_IsTooLarge()
    {
        var body = $$"""{"model":"{{BadInputSite.Model}}","messages":[{"role":"user","content":"{{new string('x', 5 << 20)}}"}]}""";
        await RefusedAsync(Encoding.UTF8.GetBytes(body), 413, "too_large");
        await silo.LivesAsync();
    }

    [Fact]
    public async Task Chat_WrongKey_IsUnauthenticated()
    {
        var (status, body) = await silo.PostAsync("/v1/chat/completions", "{}"u8.ToArray(), $"bwk_{new string('0', 16)}_{new string('A', 43)}");
        Assert.Equal(401, status);
        Assert.Equal("unauthenticated", body.GetProperty("error").GetProperty("code").GetString());
        await silo.LivesAsync();
    }

    [Fact]
    public async Task BothDoors_PromptLongerThanTheContext_AreToldBothLengths()
    {
        var text = string.Concat(Enumerable.Repeat("one two three ", 4000));
        var body = JsonSerializer.SerializeToUtf8Bytes(new { model = BadInputSite.Model, messages = new[] { new { role = "user", content = text } } });
        var byHttp = await RefusedAsync(body, 400, "invalid");
        Assert.Contains($"{Context}", byHttp, StringComparison.Ordinal);
        Assert.Contains("120", byHttp, StringComparison.Ordinal);

        var byGrpc = await RefusedAsync(new ChatRequest { Messages = { new Message { Role = "user", Content = text } } }, StatusCode.InvalidArgument);
        Assert.Contains($"{Context}", byGrpc, StringComparison.Ordinal);
        Assert.Contains("120", byGrpc, StringComparison.Ordinal);
        await silo.LivesAsync();
    }

    public static TheoryData<string, StatusCode> Settings => new()
    {
        { """{"temperature": 2.5}""", StatusCode.InvalidArgument },
        { """{"topP": 0}""", StatusCode.InvalidArgument },
        { """{"maxTokens": 0}""", StatusCode.InvalidArgument },
        { """{"maxTokens": -1}""", StatusCode.InvalidArgument },
        { """{"topLogprobs": 21, "logprobs": true}""", StatusCode.InvalidArgument },
        { """{"seed": "9007199254740992"}""", StatusCode.InvalidArgument },
        { """{"temperature": "NaN"}""", StatusCode.InvalidArgument },
        { """{"logitBias": {"49152": 1}}""", StatusCode.InvalidArgument },
        { """{"grammar": {"jsonSchema": "{"}}""", StatusCode.InvalidArgument },
    };

    [Theory]
    [MemberData(nameof(Settings))]
    public async Task GrpcChat_SettingOutOfRange_IsRefused(string settings, StatusCode status)
    {
        await RefusedAsync(
            new ChatRequest
            {
                Messages = { new Message { Role = "user", Content = "x" } },
                Settings = Bailiwick.Protocol.Inference.V1.Settings.Parser.ParseJson(settings),
            },
            status);
        await silo.LivesAsync();
    }

    [Fact]
    public async Task GrpcChat_UnknownModel_IsNotFound()
    {
        await RefusedAsync(new ChatRequest { Model = "no-such-model", Messages = { new Message { Role = "user", Content = "x" } } }, StatusCode.NotFound);
        await silo.LivesAsync();
    }

    [Fact]
    public async Task GrpcChat_MessageOfFiveMegabytes_IsRefused()
    {
        await RefusedAsync(
            new ChatRequest { Messages = { new Message { Role = "user", Content = new string('x', 5 << 20) } } }, StatusCode.ResourceExhausted);
        await silo.LivesAsync();
    }

    /// <returns>The sentence.</returns>
    private async Task<string> RefusedAsync(byte[] body, int status, string code)
    {
        var (seen, answer) = await silo.PostAsync("/v1/chat/completions", body);
        var error = answer.GetProperty("error");
        Assert.Equal((status, code), (seen, error.GetProperty("code").GetString()));
        return error.GetProperty("message").GetString()!;
    }

    /// <returns>The sentence.</returns>
    private async Task<string> RefusedAsync(ChatRequest request, StatusCode status)
    {
        request.Model = request.Model.Length == 0 ? BadInputSite.Model : request.Model;
        using var limit = new CancellationTokenSource(BadInputSite.Patience);
        var refused = await Assert.ThrowsAsync<BailiwickException>(async () =>
        {
            await foreach (var step in silo.Client.ChatAsync(request, limit.Token))
            {
                Assert.NotNull(step);
            }
        });
        Assert.Equal(status, refused.Status);
        return refused.Message;
    }
}
