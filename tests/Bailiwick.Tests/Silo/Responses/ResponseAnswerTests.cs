using System.Text.Json;
using Bailiwick.Silo.Api.Responses;
using Bailiwick.Silo.Turns;
using static Bailiwick.Tests.Silo.OpenAi.AnswerFixture;
using TurnEvent = Bailiwick.Silo.Turns.TurnEvent;
using ToolCallPiece = Bailiwick.Protocol.Decoder.V1.ToolCallPiece;

namespace Bailiwick.Tests.Silo.Responses;

/// <summary>Responses, whole and in events: clients depend on each field and on the order.</summary>
public sealed class ResponseAnswerTests
{
    private const string Ask = "\"input\":\"x\",\"metadata\":{\"a\":\"b\"}";

    [Fact]
    public async Task Whole_OfText_IsThis()
    {
        var (context, body) = Response();
        await WriteAsync(context, new ResponseWhole(context, Request(Ask), TimeProvider.System), Started, Tokens("Grüße "), Tokens("<"), Ended with { Tail = "." });

        var response = JsonDocument.Parse(body.Text()).RootElement;
        Assert.Equal("resp_0a1b", response.GetProperty("id").GetString());
        Assert.Equal("response", response.GetProperty("object").GetString());
        Assert.Equal("completed", response.GetProperty("status").GetString());
        Assert.Equal("smol", response.GetProperty("model").GetString());
        Assert.Equal(1_800_000_000, response.GetProperty("created_at").GetInt64());
        Assert.Equal(JsonValueKind.Null, response.GetProperty("error").ValueKind);
        Assert.Equal(JsonValueKind.Null, response.GetProperty("incomplete_details").ValueKind);
        Assert.Equal("""{"a":"b"}""", response.GetProperty("metadata").GetRawText());
        Assert.Equal(
            """[{"id":"msg_0a1b_0","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","text":"Grüße \u003C.","annotations":[],"logprobs":[]}]}]""",
            response.GetProperty("output").GetRawText());
        Assert.Equal(
            """{"input_tokens":3,"input_tokens_details":{"cached_tokens":0,"cache_write_tokens":0},"output_tokens":2,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":5}""",
            response.GetProperty("usage").GetRawText());
        Assert.Equal(Receipt.ToText(), context.Response.Headers["X-Bailiwick-Receipt"]);
    }

    [Fact]
    public async Task Stream_OfText_HasTheseEventsInThisOrder()
    {
        var (events, text) = await StreamAsync(Ask, Started, Tokens("a", "b"), Tokens(""), Tokens("c"), Ended with { Tail = "d" });

        Assert.Equal(
            [
                "response.created", "response.in_progress", "response.output_item.added", "response.content_part.added",
                "response.output_text.delta", "response.output_text.delta", "response.output_text.delta", "response.output_text.delta",
                "response.output_text.done", "response.content_part.done", "response.output_item.done", "response.completed",
            ],
            events.Select(one => one.GetProperty("type").GetString()));
        Assert.Equal(Enumerable.Range(0, 12), events.Select(one => one.GetProperty("sequence_number").GetInt32()));
        Assert.Equal(["a", "b", "c", "d"], events.Where(IsDelta).Select(one => one.GetProperty("delta").GetString()));
        Assert.Equal("abcd", events[8].GetProperty("text").GetString());
        Assert.Equal(
            """{"type":"response.output_item.added","sequence_number":2,"output_index":0,"item":{"id":"msg_0a1b_0","type":"message","status":"in_progress","role":"assistant","content":[]}}""",
            events[2].GetRawText());
        Assert.Equal(
            """{"type":"response.content_part.added","sequence_number":3,"item_id":"msg_0a1b_0","output_index":0,"content_index":0,"part":{"type":"output_text","text":"","annotations":[],"logprobs":[]}}""",
            events[3].GetRawText());
        Assert.Equal(
            """{"type":"response.output_text.delta","sequence_number":4,"item_id":"msg_0a1b_0","output_index":0,"content_index":0,"delta":"a","logprobs":[]}""",
            events[4].GetRawText());
        Assert.Equal("in_progress", events[0].GetProperty("response").GetProperty("status").GetString());
        Assert.Equal("[]", events[0].GetProperty("response").GetProperty("output").GetRawText());
        Assert.Equal(5, events[^1].GetProperty("response").GetProperty("usage").GetProperty("total_tokens").GetInt32());
        Assert.Contains("event: response.created\ndata: {\"type\":\"response.created\",\"sequence_number\":0,", text, StringComparison.Ordinal);
        Assert.EndsWith(": bailiwick-receipt " + Receipt.ToText() + "\n\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("[DONE]", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stream_ThatALimitEnds_IsIncomplete()
    {
        var (events, _) = await StreamAsync(Ask, Started, Tokens("a"), Ended with { Length = true });

        Assert.Equal("response.incomplete", events[^1].GetProperty("type").GetString());
        var response = events[^1].GetProperty("response");
        Assert.Equal("""{"reason":"max_output_tokens"}""", response.GetProperty("incomplete_details").GetRawText());
        Assert.Equal("incomplete", response.GetProperty("output")[0].GetProperty("status").GetString());
        Assert.Equal("incomplete", events[^2].GetProperty("item").GetProperty("status").GetString());
    }

    [Fact]
    public async Task Stream_WithoutText_HasAnEmptyMessage()
    {
        var (events, _) = await StreamAsync(Ask, Started, Tokens(""), Ended);
        Assert.Equal("", events[^1].GetProperty("response").GetProperty("output")[0].GetProperty("content")[0].GetProperty("text").GetString());
    }

    [Fact]
    public async Task Stream_OfCalls_HasAnItemForEach()
    {
        var (events, _) = await StreamAsync(
            Ask, Started, Tokens("Well."),
            new TurnTokens([Calling(0, "look", ""), Calling(0, "", "{\"a\":"), Calling(0, "", "1}"), Calling(1, "go", "{}")]),
            Ended with { ToolCalls = true, Calls = [new ToolCallPiece { Index = 2, Name = "stop", Arguments = "{}" }] });

        Assert.Equal(
            [
                "created", "in_progress", "output_item.added", "content_part.added", "output_text.delta", "output_text.done", "content_part.done",
                "output_item.done",
                "output_item.added", "function_call_arguments.delta", "function_call_arguments.delta", "function_call_arguments.done", "output_item.done",
                "output_item.added", "function_call_arguments.delta", "function_call_arguments.done", "output_item.done",
                "output_item.added", "function_call_arguments.delta", "function_call_arguments.done", "output_item.done",
                "completed",
            ],
            events.Select(one => one.GetProperty("type").GetString()!["response.".Length..]));
        Assert.Equal(
            """{"id":"fc_0a1b_1","type":"function_call","status":"completed","call_id":"call_0a1b_0","name":"look","arguments":"{\u0022a\u0022:1}"}""",
            events[12].GetProperty("item").GetRawText());
        var output = events[^1].GetProperty("response").GetProperty("output");
        Assert.Equal(["message", "function_call", "function_call", "function_call"], output.EnumerateArray().Select(item => item.GetProperty("type").GetString()));
        Assert.Equal(["call_0a1b_0", "call_0a1b_1", "call_0a1b_2"], output.EnumerateArray().Skip(1).Select(item => item.GetProperty("call_id").GetString()));
    }

    [Fact]
    public async Task Stream_WithLogprobs_CarriesEachTokenOnce()
    {
        var tokens = new TurnTokens([Token("", ("é", -0.5f)), Token("é", ("é", -0.5f), ("no", float.NegativeInfinity))]);
        var (events, _) = await StreamAsync(Ask + ",\"top_logprobs\":2", Started, tokens, Ended);

        var delta = Assert.Single(events, IsDelta);
        Assert.Equal([1, 2], delta.GetProperty("logprobs").EnumerateArray().Select(token => token.GetProperty("top_logprobs").GetArrayLength()));
        Assert.Equal(-9999, delta.GetProperty("logprobs")[1].GetProperty("top_logprobs")[1].GetProperty("logprob").GetDouble());
        var part = events[^1].GetProperty("response").GetProperty("output")[0].GetProperty("content")[0];
        Assert.Equal(2, part.GetProperty("logprobs").GetArrayLength());
    }

    [Fact]
    public async Task Stream_ThatFails_EndsWithTheReason()
    {
        var (events, text) = await StreamAsync(Ask, Started, Tokens("a"), Failed);

        Assert.Equal("response.failed", events[^1].GetProperty("type").GetString());
        Assert.Equal("failed", events[^1].GetProperty("response").GetProperty("status").GetString());
        Assert.Equal("draining", events[^1].GetProperty("response").GetProperty("error").GetProperty("code").GetString());
        Assert.Equal("incomplete", events[^1].GetProperty("response").GetProperty("output")[0].GetProperty("status").GetString());
        Assert.DoesNotContain("response.completed", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stream_RefusedBeforeItBegins_IsAnOrdinaryError()
    {
        var (context, body) = Response();
        await WriteAsync(context, Stream(context, Request(Ask), -1), new TurnRefused(Failed.Refusal));
        Assert.Equal(503, context.Response.StatusCode);
        Assert.StartsWith("{\"error\":", body.Text(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whole_ThatFails_IsAnErrorWithoutPayload()
    {
        var (context, body) = Response();
        await WriteAsync(context, new ResponseWhole(context, Request(Ask), TimeProvider.System), Started, Tokens("secret"), Failed);
        Assert.Equal(503, context.Response.StatusCode);
        Assert.DoesNotContain("secret", body.Text(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stream_AfterAnyEvent_IsTheRestOfTheWholeStream()
    {
        TurnEvent[] turn = [Started, Tokens("a", "b"), new TurnTokens([Calling(0, "f", "{}")]), Ended with { ToolCalls = true }];
        var (_, whole) = await StreamAsync(Ask, turn);
        var events = whole.Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        for (var after = 0; after < events.Length; after++)
        {
            var (context, body) = Response();
            await WriteAsync(context, Stream(context, Request(Ask), after), turn);
            Assert.Equal(events[(after + 1)..], body.Text().Split("\n\n", StringSplitOptions.RemoveEmptyEntries).TakeLast(events.Length - 1 - after));
        }
    }

    private static ResponseStream Stream(Microsoft.AspNetCore.Http.HttpContext context, ResponseRequest request, int after) =>
        new(context, request.Options, request.HeadOf, TimeProvider.System) { After = after };

    private static bool IsDelta(JsonElement one) => one.GetProperty("type").GetString() == "response.output_text.delta";

    private static Bailiwick.Protocol.Decoder.DecodedToken Calling(int index, string name, string arguments) =>
        Token("") with { Calls = [new ToolCallPiece { Index = index, Name = name, Arguments = arguments }] };

    private static ResponseRequest Request(string fields)
    {
        using var document = JsonDocument.Parse("{\"model\":\"m\"," + fields + "}");
        return ResponseReader.Read(document.RootElement).Request!;
    }

    private static async Task<(List<JsonElement> Events, string Text)> StreamAsync(string fields, params TurnEvent[] turn)
    {
        var (context, body) = Response();
        await WriteAsync(context, Stream(context, Request(fields), -1), turn);
        var text = body.Text();
        return ([.. text.Split('\n').Where(line => line.StartsWith("data: ", StringComparison.Ordinal))
            .Select(line => JsonDocument.Parse(line["data: ".Length..]).RootElement)], text);
    }
}
