using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Bailiwick.Client;
using Bailiwick.EndToEnd.Tests.Failover;
using Bailiwick.EndToEnd.Tests.Silo;
using Bailiwick.Evidence;
using Bailiwick.Protocol.Inference.V1;
using Microsoft.Extensions.AI;
using Xunit.Abstractions;

namespace Bailiwick.EndToEnd.Tests.Sessions;

/// <summary>What two silos keep in one database: who gets in, what can be read there, and what is left of what was erased.</summary>
[Collection(FailoverCollection.Name)]
[Trait("Category", "Sessions")]
public sealed class SessionsTests(ClusterSite cluster, ITestOutputHelper output) : IClassFixture<ClusterSite>
{
    private const string Profile = """{"steps_per_second":40,"prefill_tokens_per_second":0}""";

    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromMinutes(1) };

    [Fact]
    public Task Writers_OfOneConversation_OneIsBusy() => TellAsync(async pair =>
    {
        using var client = ClusterSite.Client(pair.Key, pair.First);
        var conversation = (await client.Conversations.CreateAsync()).Id;
        HttpResponseMessage? second = null;
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));

        var first = await AnswerRecord.ReadAsync(client, Ask(conversation, "one", 40), 2, async _ =>
        {
            // At the other gateway: the grain and the table are both silos'.
            second = await PostAsync(pair.Second, pair.Key, Body("two", $$"""{"conversation":"{{conversation}}"}"""), null);
        }, patience.Token);

        Assert.Equal(40, first.Tokens.Count);
        Assert.Equal(HttpStatusCode.Conflict, second!.StatusCode);
        Assert.Equal("busy", await CodeAsync(second));
        Assert.Single(await client.Conversations.ListTurnsAsync(conversation));
        Assert.Equal(HttpStatusCode.OK, (await PostAsync(pair.Second, pair.Key, Body("two", $$"""{"conversation":"{{conversation}}"}"""), null)).StatusCode);
        Assert.Equal(2, (await client.Conversations.ListTurnsAsync(conversation)).Count);
    });

    [Fact]
    public Task Key_SentTwiceAtOnce_IsOneAnswerAndOneIntent() => TellAsync(async pair =>
    {
        var (body, before) = (Body("how are you", "{}"), await IntentsAsync());

        var answers = await Task.WhenAll(PostAsync(pair.First, pair.Key, body, "order-1"), PostAsync(pair.Second, pair.Key, body, "order-1"));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        var texts = await Task.WhenAll(answers.Select(answer => answer.Content.ReadAsStringAsync()));
        Assert.Equal(texts[0], texts[1]);
        Assert.Single(answers.Select(answer => answer.Headers.GetValues("X-Bailiwick-Receipt").Single()).Distinct());
        Assert.Equal(before + 1, await IntentsAsync());
        // Quoted, as the draft spells it, it is the same key; a stream tells the same answer.
        Assert.Equal(texts[0], await (await PostAsync(pair.First, pair.Key, body, "\"order-1\"")).Content.ReadAsStringAsync());
        Assert.Equal(before + 1, await IntentsAsync());
    });

    [Fact]
    public Task Key_WithAnotherBodyOrCredential_IsAnotherRequestOrRefused() => TellAsync(async pair =>
    {
        Assert.Equal(HttpStatusCode.OK, (await PostAsync(pair.First, pair.Key, Body("one", "{}"), "order-2")).StatusCode);

        var changed = await PostAsync(pair.Second, pair.Key, Body("two", "{}"), "order-2");
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "idempotency_key"), (changed.StatusCode, await CodeAsync(changed)));
        var other = await cluster.KeyAsync("other-" + Guid.NewGuid().ToString("N")[..8]);
        await TwoSilos.UntilKnownAsync(pair.Second, other);
        Assert.Equal(HttpStatusCode.OK, (await PostAsync(pair.Second, other, Body("two", "{}"), "order-2")).StatusCode);
        var bad = await PostAsync(pair.First, pair.Key, Body("two", "{}"), new string('k', 256));
        Assert.Equal((HttpStatusCode.BadRequest, "invalid"), (bad.StatusCode, await CodeAsync(bad)));
    });

    [Fact]
    public Task Conversation_OfAnotherTenantOrNone_IsNotThere() => TellAsync(async pair =>
    {
        foreach (var id in new[] { "conv_" + new string('0', 32), "conv_1", "x' OR 'a'='a" })
        {
            var answer = await GetAsync(pair.First, pair.Key, $"/v1/conversations/{Uri.EscapeDataString(id)}");
            Assert.Equal((HttpStatusCode.NotFound, "conversation_not_found"), (answer.StatusCode, await CodeAsync(answer)));
        }

        using var client = ClusterSite.Client(pair.Key, pair.First);
        var conversation = (await client.Conversations.CreateAsync()).Id;
        await using var move = cluster.Site.Owner.CreateCommand("UPDATE conversations SET tenant = 'somebody-else' WHERE id = $1");
        move.Parameters.AddWithValue(conversation);
        Assert.Equal(1, await move.ExecuteNonQueryAsync());
        var refused = await Assert.ThrowsAsync<BailiwickException>(() => client.Conversations.GetAsync(conversation));
        Assert.Equal("conversation_not_found", refused.Code);
        var turn = await PostAsync(pair.First, pair.Key, Body("one", $$"""{"conversation":"{{conversation}}"}"""), null);
        Assert.Equal((HttpStatusCode.NotFound, "conversation_not_found"), (turn.StatusCode, await CodeAsync(turn)));
        Assert.Equal(HttpStatusCode.Unauthorized, (await GetAsync(pair.First, "no-key", "/v1/conversations")).StatusCode);
    });

    [Fact]
    public Task Tables_WithEverythingKept_ShowNoWordOfIt() => TellAsync(async pair =>
    {
        var word = "zq" + Guid.NewGuid().ToString("N");
        using var client = ClusterSite.Client(pair.Key, pair.First);
        var conversation = (await client.Conversations.CreateAsync(new() { Metadata = { ["title"] = word } })).Id;
        Assert.Equal(HttpStatusCode.OK, (await PostAsync(pair.First, pair.Key, Body(word, $$"""{"conversation":"{{conversation}}"}"""), word)).StatusCode);
        var (listed, shown) = (await client.Conversations.GetAsync(conversation), Assert.Single(await client.Conversations.ListTurnsAsync(conversation)));
        Assert.Equal(word, listed.Metadata["title"]);
        Assert.Contains(word, shown.MessagesJson, StringComparison.Ordinal);
        var answer = JsonDocument.Parse(shown.AnswerJson).RootElement[0].GetProperty("content").GetString()!;

        var dump = await DumpAsync();

        Assert.Contains(conversation, dump, StringComparison.Ordinal);
        foreach (var secret in new[] { word, answer, shown.Receipt })
        {
            Assert.DoesNotContain(secret, dump, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(Convert.ToHexString(Encoding.UTF8.GetBytes(secret)), dump, StringComparison.OrdinalIgnoreCase);
        }
    });

    [Fact]
    public Task Turns_Erased_AreGoneFromTablesDoorsAndExports() => TellAsync(async pair =>
    {
        using var client = ClusterSite.Client(pair.Key, pair.First);
        using var elsewhere = ClusterSite.Client(pair.Key, pair.Second);
        var conversation = (await client.Conversations.CreateAsync()).Id;
        foreach (var word in new[] { "first", "second" })
        {
            Assert.Equal(HttpStatusCode.OK, (await PostAsync(pair.First, pair.Key, Body(word, $$"""{"conversation":"{{conversation}}"}"""), word + conversation)).StatusCode);
        }

        var turns = await client.Conversations.ListTurnsAsync(conversation);
        Assert.Equal(1, await client.Conversations.EraseAsync(turns[0].Id, "gdpr-17.1.b"));
        // What is left is the second; a new turn's history does not have the first (its prompt is shorter by it).
        Assert.Equal([turns[1].Id], (await elsewhere.Conversations.ListTurnsAsync(conversation)).Select(turn => turn.Id));
        Assert.DoesNotContain(turns[0].Id, await DumpAsync(), StringComparison.Ordinal);

        Assert.Equal(1, await elsewhere.Conversations.DeleteAsync(conversation));
        foreach (var gateway in new[] { client, elsewhere })
        {
            Assert.Equal("conversation_not_found", (await Assert.ThrowsAsync<BailiwickException>(() => gateway.Conversations.ListTurnsAsync(conversation))).Code);
            Assert.DoesNotContain(conversation, (await gateway.Conversations.ListAsync(limit: 100)).Select(one => one.Id));
        }

        var gone = await GetAsync(pair.First, pair.Key, $"/v1/requests/{turns[1].Id}");
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
        // Neither does its key tell it again: the conversation is gone, so the turn is refused and not answered.
        var again = await PostAsync(pair.First, pair.Key, Body("second", $$"""{"conversation":"{{conversation}}"}"""), "second" + conversation);
        Assert.Equal(HttpStatusCode.NotFound, again.StatusCode);
        Assert.DoesNotContain(conversation, await DumpAsync(), StringComparison.Ordinal);
        var (_, leaves) = await cluster.PackAsync("erased", pair.First, pair.Key);
        Assert.Equal(["gdpr-17.1.b", "caller"], leaves.OfType<ErasureLeaf>().Where(leaf => leaf.Target == turns[0].Id || leaf.Target == conversation).Select(leaf => leaf.Ground));
    });

    [Fact]
    public Task Conversation_RemovedWhileItsTurnRuns_EndsTheTurn() => TellAsync(async pair =>
    {
        using var client = ClusterSite.Client(pair.Key, pair.First);
        using var elsewhere = ClusterSite.Client(pair.Key, pair.Second);
        var conversation = (await client.Conversations.CreateAsync()).Id;
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));

        var refused = await Assert.ThrowsAsync<BailiwickException>(() => AnswerRecord.ReadAsync(
            client, Ask(conversation, "one", 400), 2, async _ => await elsewhere.Conversations.DeleteAsync(conversation), patience.Token));

        Assert.Equal("cancelled", refused.Code);
        Assert.DoesNotContain(conversation, await DumpAsync(), StringComparison.Ordinal);
    });

    [Fact]
    public Task Items_OfAConversation_AreListedAsOpenAisClientsReadThem() => TellAsync(async pair =>
    {
        var made = await PostAsync(pair.First, pair.Key, """{"metadata":{"topic":"demo"}}""", null, "/v1/conversations");
        var conversation = JsonDocument.Parse(await made.Content.ReadAsStringAsync()).RootElement;
        Assert.Equal(("conversation", "demo"), (conversation.GetProperty("object").GetString(), conversation.GetProperty("metadata").GetProperty("topic").GetString()));
        var id = conversation.GetProperty("id").GetString();
        foreach (var word in new[] { "one", "two" })
        {
            await PostAsync(pair.First, pair.Key, Body(word, $$"""{"conversation":"{{id}}"}"""), null);
        }

        var (seen, after) = (new List<string>(), "");
        for (var page = 0; page < 4; page++)
        {
            var answer = await GetAsync(pair.Second, pair.Key, $"/v1/conversations/{id}/items?order=asc&limit=1{after}");
            var list = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
            Assert.Equal(("list", page < 3), (list.GetProperty("object").GetString(), list.GetProperty("has_more").GetBoolean()));
            var item = Assert.Single(list.GetProperty("data").EnumerateArray());
            seen.Add($"{item.GetProperty("role")} {item.GetProperty("content")[0].GetProperty("type")}");
            after = $"&after={list.GetProperty("last_id")}";
        }

        Assert.Equal(["user input_text", "assistant output_text", "user input_text", "assistant output_text"], seen);
        var deleted = await Http.SendAsync(Message(HttpMethod.Delete, pair.First, pair.Key, $"/v1/conversations/{id}"));
        Assert.True(JsonDocument.Parse(await deleted.Content.ReadAsStringAsync()).RootElement.GetProperty("deleted").GetBoolean());
    });

    [Fact]
    public Task Request_Kept_TellsHowFarItIs() => TellAsync(async pair =>
    {
        var answer = await PostAsync(pair.First, pair.Key, Body("one", "{}"), "asked-for");
        var turn = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("id").GetString()!["chatcmpl-".Length..];

        var state = JsonDocument.Parse(await (await GetAsync(pair.Second, pair.Key, $"/v1/requests/{turn}")).Content.ReadAsStringAsync()).RootElement;

        Assert.Equal(("incomplete", "length"), (state.GetProperty("state").GetString(), state.GetProperty("finish_reason").GetString()));
        Assert.Equal(answer.Headers.GetValues("X-Bailiwick-Receipt").Single(), state.GetProperty("receipt").GetString());
        Assert.StartsWith(ClusterSite.Model + "@", state.GetProperty("model").GetString(), StringComparison.Ordinal);
        var other = await cluster.KeyAsync("reader-" + Guid.NewGuid().ToString("N")[..8]);
        await TwoSilos.UntilKnownAsync(pair.First, other);
        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync(pair.First, other, $"/v1/requests/{turn}")).StatusCode);
    });

    [Fact]
    public Task ChatClient_OfAConversation_SendsWhatIsNewAndGetsTheRestFromTheCluster() => TellAsync(async pair =>
    {
        using var client = ClusterSite.Client(pair.Key, pair.First);
        using var chat = new BailiwickChatClient(client, ClusterSite.Model);
        var options = new ChatOptions { ConversationId = (await client.Conversations.CreateAsync()).Id, Instructions = "Be brief.", MaxOutputTokens = 8 };

        var first = await chat.GetResponseAsync("Name a city of the north.", options);
        var second = await chat.GetResponseAsync("And one more.", options);

        Assert.Equal((options.ConversationId, options.ConversationId), (first.ConversationId, second.ConversationId));
        Assert.True(second.Usage!.InputTokenCount > first.Usage!.InputTokenCount);
        var turns = await client.Conversations.ListTurnsAsync(options.ConversationId);
        Assert.Equal(2, turns.Count);
        Assert.All(turns, turn => Assert.DoesNotContain("Be brief.", turn.MessagesJson, StringComparison.Ordinal));
    });

    [Fact]
    public Task InputTokens_OfABodyWithAHistory_AreThoseOfItsTurn() => TellAsync(async pair =>
    {
        using var client = ClusterSite.Client(pair.Key, pair.First);
        var conversation = (await client.Conversations.CreateAsync()).Id;
        await PostAsync(pair.First, pair.Key, Body("a first turn of some length", $$"""{"conversation":"{{conversation}}"}"""), null);
        var before = await IntentsAsync();
        foreach (var more in new[] { "", $",\"conversation\":\"{conversation}\"", ",\"instructions\":\"Be very brief.\"" })
        {
            var body = $"{{\"model\":\"{ClusterSite.Model}\",\"input\":\"And now?\",\"store\":false,\"max_output_tokens\":2{more}}}";
            var count = await PostAsync(pair.Second, pair.Key, body, null, "/v1/responses/input_tokens");
            Assert.Equal(before, await IntentsAsync());
            var answer = await PostAsync(pair.First, pair.Key, body, null, "/v1/responses");
            Assert.Equal(++before, await IntentsAsync());

            var (counted, used) = (JsonDocument.Parse(await count.Content.ReadAsStringAsync()).RootElement, JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement);
            Assert.Equal(used.GetProperty("usage").GetProperty("input_tokens").GetInt32(), counted.GetProperty("input_tokens").GetInt32());
        }
    });

    [Fact]
    public Task Keys_Rotated_OpenOldRowsAndResealThem() => TellAsync(async pair =>
    {
        using var client = ClusterSite.Client(pair.Key, pair.First);
        var conversation = (await client.Conversations.CreateAsync()).Id;
        await PostAsync(pair.First, pair.Key, Body("one", $$"""{"conversation":"{{conversation}}"}"""), null);
        await RanAsync(Executable.Cli, "keys", "sealing", "rotate", cluster.Site.At("sealing.keys"));
        foreach (var node in new[] { pair.First, pair.Second })
        {
            await node.Silo.StopAsync();
        }

        await pair.RestoreAsync();
        await PostAsync(pair.First, pair.Key, Body("two", $$"""{"conversation":"{{conversation}}"}"""), null);
        Assert.Equal(2, (await client.Conversations.ListTurnsAsync(conversation)).Count);
        Assert.Equal(["k1", "k2"], (await SealsAsync(conversation)).Order());

        await RanAsync(Executable.Silo, "reseal", "--config", cluster.Site.At("sessions", "s1", "silo.json"));

        Assert.Equal(["k2", "k2"], await SealsAsync(conversation));
        Assert.Equal(2, (await client.Conversations.ListTurnsAsync(conversation)).Count);
    });

    private Task TellAsync(Func<TwoSilos, Task> test) => cluster.TellAsync(output, async () =>
        await test(await TwoSilos.ReadyAsync(cluster, "sessions", 256, await cluster.ProfileAsync(Profile))));

    private static ChatRequest Ask(string conversation, string words, int tokens) => new()
    {
        Model = ClusterSite.Model,
        Conversation = conversation,
        Messages = { new Message { Role = "user", Content = words } },
        Settings = new Settings { Seed = 1, MaxTokens = tokens },
    };

    private static string Body(string words, string extension) =>
        $$$"""{"model":"{{{ClusterSite.Model}}}","seed":3,"max_tokens":8,"bailiwick":{{{extension}}},"messages":[{"role":"user","content":"{{{words}}}"}]}""";

    private static async Task<HttpResponseMessage> PostAsync(
        ClusterNode gateway, string key, string body, string? idempotency, string path = "/v1/chat/completions")
    {
        using var message = Message(HttpMethod.Post, gateway, key, path);
        message.Content = new StringContent(body, Encoding.UTF8, "application/json");
        if (idempotency is not null)
        {
            message.Headers.TryAddWithoutValidation("Idempotency-Key", idempotency);
        }

        return await Http.SendAsync(message);
    }

    private static async Task<HttpResponseMessage> GetAsync(ClusterNode gateway, string key, string path)
    {
        using var message = Message(HttpMethod.Get, gateway, key, path);
        return await Http.SendAsync(message);
    }

    private static HttpRequestMessage Message(HttpMethod method, ClusterNode gateway, string key, string path) =>
        new(method, new Uri(gateway.Http, path)) { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", key) } };

    private static async Task<string?> CodeAsync(HttpResponseMessage answer) =>
        JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("error").GetProperty("code").GetString();

    /// <summary>A key that was made a moment ago is known within half a second.</summary>
    private async Task<long> IntentsAsync()
    {
        await using var command = cluster.Site.Owner.CreateCommand("SELECT count(*) FROM records WHERE kind = 'intent'");
        return (long)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>Ids of the keys that sealed the requests of a conversation.</summary>
    private async Task<IReadOnlyList<string>> SealsAsync(string conversation)
    {
        await using var command = cluster.Site.Owner.CreateCommand("SELECT request FROM turns WHERE conversation = $1 ORDER BY place");
        command.Parameters.AddWithValue(conversation);
        await using var reader = await command.ExecuteReaderAsync();
        var keys = new List<string>();
        while (await reader.ReadAsync())
        {
            Assert.True(Bailiwick.Silo.Sessions.Seal.TryReadHeader(reader.GetFieldValue<byte[]>(0), out var key, out _, out _));
            keys.Add(key);
        }

        return keys;
    }

    /// <summary>The whole database, as a backup has it.</summary>
    private async Task<string> DumpAsync()
    {
        var program = Directory.EnumerateDirectories("/usr/lib/postgresql").Select(folder => Path.Combine(folder, "bin", "pg_dump")).Where(File.Exists).Order().Last();
        var (code, dump, error) = await Executable.RunAsync(
            program, "--role=bailiwick_owner", "--inserts",
            $"host=127.0.0.1 port={cluster.Site.Port} dbname=bailiwick user=bailiwick_owner_login passfile={cluster.Site.At("logins", "owner.pgpass")}");
        Assert.True(code == 0, error);
        return dump;
    }

    private static async Task RanAsync(string program, params string[] arguments)
    {
        var (code, told, error) = await Executable.RunAsync("dotnet", [program, .. arguments]);
        Assert.True(code == 0, told + error);
    }
}
