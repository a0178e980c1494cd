using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Bailiwick.Protocol.Receipts;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Bailiwick.EndToEnd.Tests.OpenAi;

/// <summary>The door byte by byte: the order of a stream, how it breaks, and input that no client library would send.</summary>
public sealed class DoorWireTests : IAsyncLifetime, IDisposable
{
    private const string Good = """{"model":"scripted","messages":[{"role":"user","content":"hello"}]}""";

    private readonly CancellationTokenSource _limit = new(TimeSpan.FromMinutes(2));
    private ScriptedDoor _door = null!;

    private CancellationToken Limit => _limit.Token;

    public async Task InitializeAsync() => _door = await ScriptedDoor.OpenAsync(Limit);

    public async Task DisposeAsync() => await _door.DisposeAsync();

    public void Dispose() => _limit.Dispose();

    [Fact]
    public async Task Stream_Whole_HasTheOrderThatClientsNeed()
    {
        var events = Events((await ChatAsync("""{"model":"scripted","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"hello"}]}""")).Body);

        Assert.Equal("""{"role":"assistant","content":""}""", Choice(events[0]).GetProperty("delta").GetRawText());
        Assert.All(events[..^4], data => Assert.Equal(JsonValueKind.Null, Choice(data).GetProperty("finish_reason").ValueKind));
        Assert.Equal(string.Concat(ScriptedTurns.Words), string.Concat(events[..^4].Select(data => Choice(data).GetProperty("delta").GetProperty("content").GetString())));
        Assert.Equal("{}", Choice(events[^4]).GetProperty("delta").GetRawText());
        Assert.Equal("stop", Choice(events[^4]).GetProperty("finish_reason").GetString());
        Assert.Contains("\"choices\":[],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":5,\"total_tokens\":10}", events[^3], StringComparison.Ordinal);
        Assert.Equal($": {Receipt.Trailer} {ScriptedTurns.Receipt.ToText()}", events[^2]);
        Assert.Equal("data: [DONE]", events[^1]);
    }

    [Fact]
    public async Task Stream_WithoutUsageAsked_HasNone()
    {
        var answer = await ChatAsync(Good.Replace("{\"model\"", "{\"stream\":true,\"model\"", StringComparison.Ordinal));
        Assert.DoesNotContain("usage", answer.Body, StringComparison.Ordinal);
        Assert.EndsWith("0\r\n\r\n", answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stream_ThatBreaks_AlwaysShowsTheErrorAndNeverAnEnd()
    {
        for (var i = 0; i < 100; i++)
        {
            var answer = await ChatAsync("""{"model":"breaks","stream":true,"messages":[{"role":"user","content":"hello"}]}""");

            var events = Events(answer.Body);
            Assert.Equal("no_replica", JsonDocument.Parse(events[^2]["data: ".Length..]).RootElement.GetProperty("error").GetProperty("code").GetString());
            Assert.Equal($": {Receipt.Trailer} {ScriptedTurns.Receipt.ToText()}", events[^1]);
            Assert.DoesNotContain("[DONE]", answer.Body, StringComparison.Ordinal);
            Assert.DoesNotContain("\r\n0\r\n", answer.Body, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Completion_StreamWithLogprobs_RunsItsOffsetsOn()
    {
        var answer = await SendAsync("/v1/completions", """{"model":"scripted","prompt":"x","stream":true,"logprobs":1}""");

        var pieces = Events(answer.Body)[..^3].Select(Choice).ToList();
        Assert.Equal(string.Concat(ScriptedTurns.Words), string.Concat(pieces.Select(piece => piece.GetProperty("text").GetString())));
        var offsets = pieces.SelectMany(piece => piece.GetProperty("logprobs").GetProperty("text_offset").EnumerateArray().Select(at => at.GetInt32()));
        Assert.Equal([0, 5, 7, 14, 18], offsets);
    }

    [Fact]
    public async Task Body_BeyondTheLimit_IsTooLargeHoweverItIsFramed()
    {
        var padding = new string('x', (5 * 1024 * 1024));
        AssertRefused(await ChatAsync($"{{\"pad\":\"{padding}\"}}"), 413, "too_large", "4194304");

        // Announced only: answered at once.
        AssertRefused(await RawHttp.SendAsync(_door.Address, Head("Content-Length: 5000000\r\n"), Limit), 413, "too_large", "4194304");

        byte[] chunk = [.. Encoding.ASCII.GetBytes("100000\r\n"), .. new byte[0x100000], .. "\r\n"u8];
        var chunked = Enumerable.Repeat(chunk, 5).Prepend(Encoding.ASCII.GetBytes(Head("Transfer-Encoding: chunked\r\n"))).Append([.. "0\r\n\r\n"u8]);
        AssertRefused(await RawHttp.SendAsync(_door.Address, chunked, Limit), 413, "too_large", "4194304");
        await AssertServesAsync();
    }

    [Fact]
    public async Task Body_TenThousandDeep_IsRefusedAtOnce()
    {
        AssertRefused(await ChatAsync(string.Concat(Enumerable.Repeat("[", 10_000))), 400, "invalid", "64 levels");
        AssertRefused(await ChatAsync(string.Concat(Enumerable.Repeat("{\"a\":", 10_000))), 400, "invalid", "64 levels");
        await AssertServesAsync();
    }

    [Fact]
    public async Task Body_ThatIsNoUtf8_IsRefused()
    {
        byte[] body = [.. "{\"model\":\""u8, 0xC3, 0x28, .. "\"}"u8];
        var request = Encoding.ASCII.GetBytes(Head($"Content-Length: {body.Length}\r\n"));
        AssertRefused(await RawHttp.SendAsync(_door.Address, [request, body], Limit), 400, "invalid", "UTF-8");
        await AssertServesAsync();
    }

    [Theory]
    [InlineData("{\"model\":\n  oops}", "line 2, byte 3")]
    [InlineData("", "is empty")]
    [InlineData("{\"model\":\"a\",\"model\":\"b\"}", "key twice")]
    [InlineData("[1]", "not a JSON object")]
    [InlineData("{\"model\":\"\\ud800\"}", "surrogate")]
    public async Task Body_ThatIsNoRequest_IsRefusedWithItsPlace(string body, string words) =>
        AssertRefused(await ChatAsync(body), 400, "invalid", words);

    [Fact]
    public async Task Body_ThatIsCompressed_IsRefused()
    {
        var answer = await RawHttp.SendAsync(_door.Address, RawHttp.Post("/v1/chat/completions", "Content-Encoding: gzip\r\n", Good), Limit);
        AssertRefused(answer, 422, "capability", "Content-Encoding");
    }

    [Fact]
    public async Task Client_OfHttp10_GetsItsAnswer()
    {
        var request = RawHttp.Post("/v1/chat/completions", "", Good).Replace("HTTP/1.1", "HTTP/1.0", StringComparison.Ordinal);
        var answer = await RawHttp.SendAsync(_door.Address, request, Limit);
        Assert.Equal(200, answer.Status);
        Assert.Equal("chatcmpl-t-1", JsonDocument.Parse(answer.Body).RootElement.GetProperty("id").GetString());
    }

    [Fact]
    public async Task Headers_ThatNeverEnd_AreCutOff()
    {
        await using var door = await ScriptedDoor.OpenAsync(
            Limit, limit: limits => limits.RequestHeadersTimeout = TimeSpan.FromSeconds(1));
        var answer = await RawHttp.SendAsync(door.Address, "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nX-Slow: ", Limit);
        Assert.Equal(408, answer.Status);
    }

    [Fact]
    public async Task Body_ThatComesTooSlowly_IsRefusedAndCutOff()
    {
        await using var door = await ScriptedDoor.OpenAsync(
            Limit, limit: limits => limits.MinRequestBodyDataRate = new MinDataRate(1000, TimeSpan.FromSeconds(1.5)));
        var answer = await RawHttp.SendAsync(door.Address, Head("Content-Length: 100\r\n") + "{", Limit);
        AssertRefused(answer, 400, "invalid", "too slowly");
        Assert.Empty(door.Turns.Requests);
    }

    [Theory]
    [InlineData("POST", "/v1/embeddings", 422, "capability")]
    [InlineData("GET", "/v1/responses", 405, "method")]
    [InlineData("POST", "/v1/images/generations", 422, "capability")]
    [InlineData("GET", "/v1/files", 422, "capability")]
    [InlineData("GET", "/", 404, "not_found")]
    [InlineData("GET", "/v1/planted-word.txt", 404, "not_found")]
    [InlineData("GET", "/v1/chat/completions", 405, "method")]
    [InlineData("OPTIONS", "/v1/chat/completions", 405, "method")]
    [InlineData("DELETE", "/v1/models/scripted", 405, "method")]
    [InlineData("GET", "/v1/models/planted-word", 404, "model_not_found")]
    public async Task Path_ThatIsNotServed_AnswersInTheErrorShape(string method, string path, int status, string code)
    {
        var answer = await RawHttp.SendAsync(_door.Address, RawHttp.Request(method, path, "Origin: https://a.example\r\n", ""), Limit);

        AssertRefused(answer, status, code, "");
        Assert.DoesNotContain("planted", answer.Head + answer.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("Access-Control", answer.Head, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("POST", "/v1/chat/completions")]
    [InlineData("POST", "/v1/completions")]
    [InlineData("GET", "/v1/models")]
    [InlineData("GET", "/v1/models/scripted")]
    [InlineData("PUT", "/v1/models")]
    [InlineData("POST", "/v1/embeddings")]
    [InlineData("GET", "/anything")]
    public async Task Path_WithoutACaller_IsUnauthenticated(string method, string path)
    {
        var answer = await RawHttp.SendAsync(
            _door.Address, $"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", Limit);
        AssertRefused(answer, 401, "unauthenticated", "credential");
        Assert.Contains("WWW-Authenticate: Bearer", answer.Head, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("scripted@01234567")]
    [InlineData("org/scripted")]
    [InlineData("org%2Fscripted")]
    public async Task Model_ByAliasOrDigest_IsFound(string reference)
    {
        var answer = await RawHttp.SendAsync(_door.Address, RawHttp.Request("GET", "/v1/models/" + reference, "", ""), Limit);
        Assert.Equal(200, answer.Status);
        Assert.Equal("scripted", JsonDocument.Parse(answer.Body).RootElement.GetProperty("id").GetString());
    }

    [Fact]
    public async Task Refusal_OfPolicyOrQueue_TellsRulesAndWait()
    {
        var denied = await ChatAsync(Good.Replace("scripted", "denied", StringComparison.Ordinal));
        var error = JsonDocument.Parse(denied.Body).RootElement.GetProperty("error");
        Assert.Equal(["r-7", "!no-match"], error.GetProperty("rules").EnumerateArray().Select(rule => rule.GetString()));
        Assert.Equal("caller", error.GetProperty("refused_at").GetString());
        Assert.Equal("permission_error", error.GetProperty("type").GetString());

        var queued = await ChatAsync(Good.Replace("scripted", "queued", StringComparison.Ordinal));
        Assert.Contains("Retry-After: 7", queued.Head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answers_Always_EchoNothingIntoHeaders()
    {
        var answer = await RawHttp.SendAsync(
            _door.Address,
            RawHttp.Post("/v1/chat/completions", "X-Request-Id: planted-id\r\nX-Word: planted-word\r\n", Good.Replace("hello", "planted-prompt", StringComparison.Ordinal)),
            Limit);
        Assert.Equal(200, answer.Status);
        Assert.DoesNotContain("planted", answer.Head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Client_ThatResetsMidStream_CancelsItsTurn()
    {
        using (var client = new TcpClient())
        {
            await client.ConnectAsync(_door.Address.Host, _door.Address.Port, Limit);
            var stream = client.GetStream();
            await stream.WriteAsync(
                Encoding.UTF8.GetBytes(RawHttp.Post("/v1/chat/completions", "", Good.Replace("{\"model\":\"scripted", "{\"stream\":true,\"model\":\"hangs", StringComparison.Ordinal))), Limit);
            Assert.True(await stream.ReadAsync(new byte[4096], Limit) > 0);
            client.LingerState = new LingerOption(enable: true, seconds: 0);
        }

        await _door.Turns.Cancelled.Task.WaitAsync(Limit);
        await AssertServesAsync();
    }

    private Task<RawAnswer> ChatAsync(string body) => SendAsync("/v1/chat/completions", body);

    private Task<RawAnswer> SendAsync(string path, string body) => RawHttp.SendAsync(_door.Address, RawHttp.Post(path, "", body), Limit);

    private async Task AssertServesAsync() => Assert.Equal(200, (await ChatAsync(Good)).Status);

    private static string Head(string headers) =>
        $"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {ScriptedDoor.Key}\r\nConnection: close\r\n{headers}\r\n";

    private static void AssertRefused(RawAnswer answer, int status, string code, string words)
    {
        Assert.True(status == answer.Status, $"{answer.Status}, not {status}: {answer.Body}");
        var error = JsonDocument.Parse(answer.Body).RootElement.GetProperty("error");
        Assert.Equal(code, error.GetProperty("code").GetString());
        Assert.Contains(words, error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    private static JsonElement Choice(string data) =>
        JsonDocument.Parse(data["data: ".Length..]).RootElement.GetProperty("choices")[0];

    /// <summary>The events and comments of a chunked body.</summary>
    private static string[] Events(string body)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        var text = new MemoryStream();
        for (var at = 0; at < bytes.Length;)
        {
            var line = bytes.AsSpan(at).IndexOf("\r\n"u8);
            var size = int.Parse(Encoding.ASCII.GetString(bytes, at, line), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            text.Write(bytes, at + line + 2, size);
            at += line + 2 + size + 2;
        }

        return Encoding.UTF8.GetString(text.ToArray()).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
    }
}
