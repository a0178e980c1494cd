using System.Net;
using System.Text.Json;
using Bailiwick.Protocol.Conversations.V1;
using Bailiwick.Protocol.Inference.V1;
using Bailiwick.Protocol.Stored.V1;
using Bailiwick.Silo.Sessions;
using Google.Protobuf;
using Google.Rpc;
using Grpc.Core;
using Conversation = Bailiwick.Silo.Sessions.Conversation;

namespace Bailiwick.Tests.Silo.Api;

/// <summary>The conversations service as its clients meet it.</summary>
public sealed class ConversationsDoorTests : IAsyncLifetime
{
    private DoorHost _host = null!;

    private ConversationsService.ConversationsServiceClient Client => new(_host.Channel);

    public async Task InitializeAsync() => _host = await DoorHost.StartAsync();

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Conversation_Made_IsFoundListedAndErasedOnItsGround()
    {
        var headers = _host.As("inference");

        var made = (await Client.CreateConversationAsync(new() { Class = "internal", Metadata = { ["topic"] = "demo" } }, headers)).Conversation;

        Assert.Equal(("internal", "quick-start", "demo"), (made.Class, made.Tenant, made.Metadata["topic"]));
        Assert.Equal(made, (await Client.GetConversationAsync(new() { Id = made.Id }, headers)).Conversation);
        Assert.Equal("k-0000000000000000", _host.Conversations.Reader!.KeyId);
        Assert.Equal([made], (await Client.ListConversationsAsync(new(), headers)).Conversations);
        Assert.Empty((await Client.ListConversationsAsync(new() { After = made.Id }, headers)).Conversations);
        await Client.EraseConversationAsync(new() { Id = made.Id, Ground = "gdpr-17" }, headers);
        Assert.Equal("gdpr-17", _host.Conversations.Ground);
        Assert.Equal(StatusCode.NotFound, (await Refused(() => Client.GetConversationAsync(new() { Id = made.Id }, headers))).StatusCode);
    }

    [Fact]
    public async Task Conversation_UnderAKey_IsAskedForByItAndByTheWholeRequest()
    {
        async Task<byte[]> DigestAsync(CreateConversationRequest request, string key)
        {
            var headers = _host.As("inference");
            headers.Add("idempotency-key", key);
            await Client.CreateConversationAsync(request, headers);
            Assert.Equal(key, _host.Conversations.Key!.Key);
            return _host.Conversations.Key.Digest.ToArray();
        }

        var first = await DigestAsync(new() { Class = "internal" }, "order-1");
        Assert.Equal(first, await DigestAsync(new() { Class = "internal" }, "order-1"));
        Assert.NotEqual(first, await DigestAsync(new() { Metadata = { ["topic"] = "demo" } }, "order-1"));
        Assert.Equal(StatusCode.InvalidArgument, (await Assert.ThrowsAsync<RpcException>(() => DigestAsync(new(), "two words"))).StatusCode);
    }

    /// <summary>Each is a row that stays: who makes them without end is held to the limit of requests, at whichever door.</summary>
    [Fact]
    public async Task Conversations_BeyondTheLimit_AreRefusedAtBothDoors()
    {
        var secret = _host.Keyring.Add("inference");

        // The bucket gets another one each second: a slow machine needs more than the limit.
        var (refusedByHttp, refusedByGrpc) = (false, false);
        for (var made = 0; made < 4 * DoorHost.RequestsPerKey && !(refusedByHttp && refusedByGrpc); made++)
        {
            refusedByHttp |= await PostAsync(secret, "{}") is (HttpStatusCode.TooManyRequests, _);
            try
            {
                await Client.CreateConversationAsync(new(), DoorHost.Bearer(secret));
            }
            catch (RpcException problem) when (problem.StatusCode is StatusCode.ResourceExhausted)
            {
                refusedByGrpc = true;
            }
        }

        Assert.Equal((true, true), (refusedByHttp, refusedByGrpc));
        await Client.CreateConversationAsync(new(), _host.As("inference"));
    }

    [Fact]
    public async Task Calls_WithoutKeyOrScope_AreRefused()
    {
        var id = "conv_" + new string('0', 32);
        foreach (var headers in new[] { new Metadata(), DoorHost.Bearer("nobody") })
        {
            Assert.Equal(StatusCode.Unauthenticated, (await Refused(() => Client.GetConversationAsync(new() { Id = id }, headers))).StatusCode);
            Assert.Equal(StatusCode.Unauthenticated, (await Refused(() => Client.EraseConversationAsync(new() { Id = id, Ground = "g" }, headers))).StatusCode);
        }

        foreach (var scope in new[] { "operations", "audit" })
        {
            Assert.Equal(StatusCode.PermissionDenied, (await Refused(() => Client.ListTurnsAsync(new() { Conversation = id }, _host.As(scope)))).StatusCode);
            Assert.Equal(StatusCode.PermissionDenied, (await Refused(() => Client.DeleteConversationAsync(new() { Id = id }, _host.As(scope)))).StatusCode);
        }
    }

    [Theory]
    [InlineData(-1, "", "limit")]
    [InlineData(101, "", "limit")]
    [InlineData(0, "turn_1", "after")]
    [InlineData(0, "conv_0123456789abcdef0123456789abcdef", "after")]
    public async Task Page_OutOfRange_NamesItsField(int limit, string after, string field)
    {
        var problem = await Refused(() => Client.ListTurnsAsync(new() { Conversation = "c", Limit = limit, After = after }, _host.As("inference")));

        Assert.Equal(field, Assert.Single(problem.GetRpcStatus()!.GetDetail<BadRequest>().FieldViolations).Field);
    }

    [Fact]
    public async Task Items_OfTurnsTooLongForOnePage_AreAllReadFromPageToPage()
    {
        var id = SessionIds.NewConversation();
        _host.Conversations.All.Add(new Conversation(id, "k", Label, new Dictionary<string, string>(), DateTimeOffset.UnixEpoch));
        _host.Conversations.Turns.AddRange(new[] { "one", "two", "three" }.Select(word => Turn(id, word)));
        _host.Conversations.MostOfPage = 1;
        var (seen, query, hasMore) = (new List<string>(), "?order=asc&limit=100", true);

        while (hasMore)
        {
            var list = await ItemsAsync(id, query);
            seen.AddRange(list.GetProperty("data").EnumerateArray().Select(item => item.GetProperty("content")[0].GetProperty("text").GetString()!));
            (query, hasMore) = ($"?order=asc&limit=100&after={list.GetProperty("last_id")}", list.GetProperty("has_more").GetBoolean());
            Assert.InRange(seen.Count, 1, 6);
        }

        Assert.Equal(["one", "one!", "two", "two!", "three", "three!"], seen);
    }

    [Fact]
    public async Task Delete_OfATurnsId_IsRefused()
    {
        var problem = await Refused(() => Client.DeleteConversationAsync(new() { Id = "turn_" + new string('0', 32) }, _host.As("inference")));

        Assert.Equal("conversation_not_found", problem.GetRpcStatus()!.GetDetail<ErrorInfo>().Reason);
    }

    [Fact]
    public async Task Request_NotKept_IsNotFound()
    {
        var client = new InferenceService.InferenceServiceClient(_host.Channel);

        Assert.Equal(StatusCode.NotFound, (await Refused(() => client.GetRequestAsync(new() { Id = "t-1" }, _host.As("inference")))).StatusCode);
    }

    [Theory]
    [InlineData("{\"metadata\":{\"zzplanted\":1}}", "metadata must be an object of strings")]
    [InlineData("{\"bailiwick\":{\"conversation\":\"zzplanted\"}}", "bailiwick.conversation goes with /v1/chat/completions alone")]
    public async Task Body_ThatIsWrong_IsRefusedWithoutAWordOfIt(string body, string sentence)
    {
        var (status, answer) = await PostAsync(_host.Keyring.Add("inference"), body);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains(sentence, answer, StringComparison.Ordinal);
        Assert.DoesNotContain("zzplanted", answer, StringComparison.Ordinal);
    }

    private static Bailiwick.Residency.Label Label { get; } = new("local", "public", "service-provision", "quick-start");

    private static StoredTurn Turn(string conversation, string word) => new()
    {
        Id = SessionIds.NewTurn(), Conversation = conversation, Owner = "k", State = TurnState.Completed, Label = Label, Model = "tiny@a", Seed = 7, Turn = "t-1",
        Created = DateTimeOffset.UnixEpoch, Attempt = 1,
        Asked = new StoredRequest { Messages = ByteString.CopyFromUtf8($$"""[{"content":"{{word}}","role":"user"}]""") },
        Answer = new KeptAnswer([], Length: false, word + "!", null, 1, DateTimeOffset.UnixEpoch, ScriptedTurns.Receipt),
    };

    private async Task<JsonElement> ItemsAsync(string id, string query)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, _host.At(_host.Listen.Http, $"/v1/conversations/{id}/items{query}"))
        {
            Headers = { Authorization = new("Bearer", _host.Keyring.Add("inference")) },
        };
        using var answer = await http.SendAsync(request);
        return JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
    }

    private async Task<(HttpStatusCode Status, string Answer)> PostAsync(string secret, string body)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, _host.At(_host.Listen.Http, "/v1/conversations"))
        {
            Headers = { Authorization = new("Bearer", secret) }, Content = new StringContent(body),
        };
        using var answer = await http.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    private static Task<RpcException> Refused<T>(Func<AsyncUnaryCall<T>> call) => Assert.ThrowsAsync<RpcException>(async () => await call());
}
