using Bailiwick.Silo.Api.OpenAi;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Turns;
using static Bailiwick.Tests.Silo.OpenAi.AnswerFixture;
using ToolCallPiece = Bailiwick.Protocol.Decoder.V1.ToolCallPiece;

namespace Bailiwick.Tests.Silo.OpenAi;

/// <summary>The bytes of answers, whole: clients depend on each field.</summary>
public sealed class AnswerTests
{
    private const string Head = "\"created\":1800000000,\"model\":\"smol\",\"system_fingerprint\":\"0123456789abcdef\"";

    [Fact]
    public async Task Chat_Whole_IsThis()
    {
        var (body, headers) = await PlainAsync(new ChatShape(false), false, Started, Tokens("Grüße "), Tokens("<\"\n\U0001F30D"), Ended with { Length = true, Tail = "." });

        Assert.Equal(
            "{\"id\":\"chatcmpl-0a1b\",\"object\":\"chat.completion\"," + Head + ",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\"," +
            "\"content\":\"Grüße \\u003C\\u0022\\n\\uD83C\\uDF0D.\",\"refusal\":null},\"logprobs\":null,\"finish_reason\":\"length\"}]," +
            "\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2,\"total_tokens\":5}}",
            body);
        Assert.Equal(Receipt.ToText(), headers["X-Bailiwick-Receipt"]);
    }

    [Fact]
    public async Task Chat_WholeWithLogprobs_IsThis()
    {
        var tokens = new TurnTokens([Token("é", ("é", -0.5f), ("no", float.NegativeInfinity)), Token("", [])]);
        var (body, _) = await PlainAsync(new ChatShape(true), true, Started, tokens, Ended);

        Assert.Contains(
            "\"logprobs\":{\"content\":[{\"token\":\"é\",\"logprob\":-0.5,\"bytes\":[195,169],\"top_logprobs\":[" +
            "{\"token\":\"é\",\"logprob\":-0.5,\"bytes\":[195,169]},{\"token\":\"no\",\"logprob\":-9999,\"bytes\":[110,111]}]}," +
            "{\"token\":\"\",\"logprob\":-0.5,\"bytes\":[],\"top_logprobs\":[]}],\"refusal\":null},\"finish_reason\":\"stop\"",
            body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Completion_WholeWithLogprobs_IsThis()
    {
        var tokens = new TurnTokens([Token("ab", ("ab", -0.5f), ("cd", -1), ("cd", -2)), Token("!", ("!", -0.5f))]);
        var (body, _) = await PlainAsync(new CompletionShape(true), true, Started, tokens, Ended);

        Assert.Equal(
            "{\"id\":\"cmpl-0a1b\",\"object\":\"text_completion\"," + Head + ",\"choices\":[{\"index\":0,\"text\":\"ab!\",\"logprobs\":{" +
            "\"tokens\":[\"ab\",\"!\"],\"token_logprobs\":[-0.5,-0.5],\"top_logprobs\":[{\"ab\":-0.5,\"cd\":-1},{\"!\":-0.5}],\"text_offset\":[0,2]}," +
            "\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2,\"total_tokens\":5}}",
            body);
    }

    [Fact]
    public async Task Chat_Streamed_IsThis()
    {
        const string Start = "data: {\"id\":\"chatcmpl-0a1b\",\"object\":\"chat.completion.chunk\"," + Head + ",\"choices\":[";
        var body = await StreamAsync(new ChatShape(false), true, Started, Tokens("a", "\"b"), Tokens(""), Tokens("c"), Ended with { Tail = "d" });

        Assert.Equal(
            Start + "{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"logprobs\":null,\"finish_reason\":null}]}\n\n" +
            Start + "{\"index\":0,\"delta\":{\"content\":\"a\\u0022b\"},\"logprobs\":null,\"finish_reason\":null}]}\n\n" +
            Start + "{\"index\":0,\"delta\":{\"content\":\"c\"},\"logprobs\":null,\"finish_reason\":null}]}\n\n" +
            Start + "{\"index\":0,\"delta\":{\"content\":\"d\"},\"logprobs\":null,\"finish_reason\":null}]}\n\n" +
            Start + "{\"index\":0,\"delta\":{},\"logprobs\":null,\"finish_reason\":\"stop\"}]}\n\n" +
            Start + "],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2,\"total_tokens\":5}}\n\n" +
            ": bailiwick-receipt " + Receipt.ToText() + "\n\ndata: [DONE]\n\n",
            body);
    }

    [Fact]
    public async Task Calls_Streamed_HaveAnIndexOnEveryPieceAndTheRestOnTheFirst()
    {
        const string Start = "data: {\"id\":\"chatcmpl-0a1b\",\"object\":\"chat.completion.chunk\"," + Head + ",\"choices\":[";
        var body = await StreamAsync(
            new ChatShape(false), false, Started,
            new TurnTokens([Token("Hm"), Token("") with { Calls = [new ToolCallPiece { Name = "f", Arguments = "{" }] }]),
            new TurnTokens([Token("") with { Calls = [new ToolCallPiece { Arguments = "}" }, new ToolCallPiece { Index = 1, Name = "g" }] }]),
            Ended with { ToolCalls = true, Calls = [new ToolCallPiece { Index = 1, Arguments = "{}" }] });

        Assert.Equal(
            Start + "{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"logprobs\":null,\"finish_reason\":null}]}\n\n" +
            Start + "{\"index\":0,\"delta\":{\"content\":\"Hm\",\"tool_calls\":[{\"index\":0,\"id\":\"call_0a1b_0\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{\"}}]},\"logprobs\":null,\"finish_reason\":null}]}\n\n" +
            Start + "{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"}\"}},{\"index\":1,\"id\":\"call_0a1b_1\",\"type\":\"function\",\"function\":{\"name\":\"g\",\"arguments\":\"\"}}]},\"logprobs\":null,\"finish_reason\":null}]}\n\n" +
            Start + "{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":1,\"function\":{\"arguments\":\"{}\"}}]},\"logprobs\":null,\"finish_reason\":null}]}\n\n" +
            Start + "{\"index\":0,\"delta\":{},\"logprobs\":null,\"finish_reason\":\"tool_calls\"}]}\n\n" +
            ": bailiwick-receipt " + Receipt.ToText() + "\n\ndata: [DONE]\n\n",
            body);
    }

    [Fact]
    public async Task Calls_Whole_StandInAMessageWithoutContent()
    {
        var (body, _) = await PlainAsync(
            new ChatShape(false), false, Started, new TurnTokens([Token("") with { Calls = [new ToolCallPiece { Name = "f", Arguments = "{}" }] }]),
            Ended with { ToolCalls = true });

        Assert.Contains(
            "{\"role\":\"assistant\",\"content\":null,\"refusal\":null,\"tool_calls\":[{\"id\":\"call_0a1b_0\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]},\"logprobs\":null,\"finish_reason\":\"tool_calls\"}",
            body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Completion_Streamed_IsThis()
    {
        const string Start = "data: {\"id\":\"cmpl-0a1b\",\"object\":\"text_completion\"," + Head + ",\"choices\":[";
        var body = await StreamAsync(new CompletionShape(false), false, Started, Tokens("a"), Ended);

        Assert.Equal(
            Start + "{\"index\":0,\"text\":\"a\",\"logprobs\":null,\"finish_reason\":null}]}\n\n" +
            Start + "{\"index\":0,\"text\":\"\",\"logprobs\":null,\"finish_reason\":\"stop\"}]}\n\n" +
            ": bailiwick-receipt " + Receipt.ToText() + "\n\ndata: [DONE]\n\n",
            body);
    }

    [Fact]
    public async Task Chat_StreamThatFails_EndsWithTheErrorAlone()
    {
        var body = await StreamAsync(new ChatShape(false), true, Started, Tokens("a"), Failed);

        Assert.EndsWith(
            "data: {\"error\":{\"message\":\"The node goes. Send the request again: this node is being taken out of service.\"," +
            "\"type\":\"server_error\",\"param\":null,\"code\":\"draining\"}}\n\n",
            body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Chat_WholeThatFails_IsAnError()
    {
        var (context, body) = Response();
        await WriteAsync(context, new PlainAnswer(context, new ChatShape(false), false), Started, Tokens("secret"), Failed);

        Assert.Equal(503, context.Response.StatusCode);
        Assert.Equal("2", context.Response.Headers.RetryAfter);
        Assert.DoesNotContain("secret", body.Text(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Turn_WithoutALastEvent_IsABug()
    {
        var (context, _) = Response();
        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            WriteAsync(context, new PlainAnswer(context, new ChatShape(false), false), Started));
        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            WriteAsync(context, new ChunkStream(context, new ChatShape(false), false, TimeProvider.System), Started));
    }

    public static TheoryData<string> Codes => [.. Bailiwick.Protocol.Errors.All.Select(row => row.Code)];

    [Theory]
    [MemberData(nameof(Codes))]
    public async Task Error_OfEveryRow_HasItsStatusAndShape(string code)
    {
        var (context, body) = Response();
        await OpenAiErrors.WriteAsync(context, Refusal.Of(code, "It is so.") with { Field = "f" }, CancellationToken.None);

        var row = Bailiwick.Protocol.Errors.All.Single(row => row.Code == code);
        Assert.Equal(row.Http, context.Response.StatusCode);
        Assert.Matches($$"""^\{"error":\{"message":"It is so\. [^"]+","type":"[a-z_]+","param":"f","code":"{{code}}"\}\}$""", body.Text());
        Assert.Equal(row.Http == 401, context.Response.Headers.WWWAuthenticate == "Bearer");
    }

    private static async Task<(string Body, Microsoft.AspNetCore.Http.IHeaderDictionary Headers)> PlainAsync(
        AnswerShape shape, bool withLogprobs, params TurnEvent[] events)
    {
        var (context, body) = Response();
        await WriteAsync(context, new PlainAnswer(context, shape, withLogprobs), events);
        Assert.Equal(body.Length, context.Response.ContentLength);
        return (body.Text(), context.Response.Headers);
    }

    private static async Task<string> StreamAsync(AnswerShape shape, bool withUsage, params TurnEvent[] events)
    {
        var (context, body) = Response();
        await WriteAsync(context, new ChunkStream(context, shape, withUsage, TimeProvider.System), events);
        return body.Text();
    }
}
