using System.Text.Json;
using Bailiwick.Client;
using Bailiwick.Protocol;
using Bailiwick.Protocol.Inference.V1;
using Bailiwick.Protocol.Receipts;
using Grpc.Core;
using Microsoft.Extensions.AI;

namespace Bailiwick.Tests.Client;

/// <summary>The client behind Microsoft.Extensions.AI, and the decisions that it makes of failures.</summary>
public sealed class ChatClientTests
{
    private static readonly Receipt Sample = new SampleReceipt().Receipt;

    [Fact]
    public async Task Response_OfAChat_HasTextUsageReasonAndReceipt()
    {
        await using var gateway = await ScriptedGateway.StartAsync(new Script { Receipt = Sample.ToText() });
        using IChatClient chat = Over(gateway);

        var answer = await chat.GetResponseAsync([new ChatMessage(ChatRole.User, "Go.")]);

        Assert.Equal(Script.Text, answer.Text);
        Assert.Equal((5, Script.Answer.Count), (answer.Usage!.InputTokenCount, answer.Usage.OutputTokenCount));
        Assert.Equal(ChatFinishReason.Stop, answer.FinishReason);
        Assert.Equal("m@0123", answer.ModelId);
        Assert.Equal(Sample, answer.AdditionalProperties![BailiwickChatClient.ReceiptProperty]);
    }

    [Fact]
    public async Task Options_OfARequest_ReachTheGateway()
    {
        await using var gateway = await ScriptedGateway.StartAsync(new Script());
        using IChatClient chat = Over(gateway);
        var schema = JsonDocument.Parse("""{"type":"object"}""").RootElement;

        await chat.GetResponseAsync([new ChatMessage(ChatRole.User, "Go.")], new ChatOptions
        {
            ModelId = "other", Instructions = "Be brief.", Temperature = 0.5f, TopK = 7, TopP = 0.9f, FrequencyPenalty = 0.1f,
            PresencePenalty = 0.2f, Seed = 9, MaxOutputTokens = 11, StopSequences = ["."], ResponseFormat = ChatResponseFormat.ForJsonSchema(schema),
        });

        var asked = gateway.Script.Chats.Single();
        Assert.Equal(("other", "system", "Be brief.", "Go."), (asked.Model, asked.Messages[0].Role, asked.Messages[0].Content, asked.Messages[1].Content));
        var settings = asked.Settings;
        Assert.Equal((0.5f, 7, 0.9f, 0.1f, 0.2f), (settings.Temperature, settings.TopK, settings.TopP, settings.FrequencyPenalty, settings.PresencePenalty));
        Assert.Equal((9ul, 11, "."), (settings.Seed, settings.MaxTokens, settings.Stop.Single()));
        Assert.Equal("""{"type":"object"}""", settings.Grammar.JsonSchema);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(2)]
    public async Task Functions_OfAChat_AreCalledAndTheirResultsSent(int breaksAt)
    {
        var broken = 0;
        await using var gateway = await ScriptedGateway.StartAsync(new Script
        {
            BeforeToken = (n, _) => n == breaksAt && broken++ == 0 ? Task.FromException(new EarlyEndException()) : Task.CompletedTask,
        });
        using var chat = Over(gateway).AsBuilder().UseFunctionInvocation().Build();
        List<string> asked = [];
        var function = AIFunctionFactory.Create((string city) => { asked.Add(city); return "sunny"; }, "get_weather", "Weather of a city.");

        var answer = await chat.GetResponseAsync(
            [new ChatMessage(ChatRole.User, "How is Paris?")], new ChatOptions { Tools = [function], ToolMode = ChatToolMode.RequireAny, AllowMultipleToolCalls = false });

        Assert.Equal(["Paris"], asked);
        Assert.EndsWith(Script.Text, answer.Text, StringComparison.Ordinal);
        var (first, last) = (gateway.Script.Chats.First(), gateway.Script.Chats.Last());
        Assert.Equal(("get_weather", "Weather of a city.", ToolMode.Required, false), (first.Tools[0].Name, first.Tools[0].Description, first.ToolChoice.Mode, first.ParallelToolCalls));
        Assert.Contains("\"city\"", first.Tools[0].ParametersJson, StringComparison.Ordinal);
        var (call, result) = (Assert.Single(last.Messages[^2].ToolCalls), last.Messages[^1]);
        Assert.Equal(("call_1_0", "get_weather", """{"city":"Paris"}"""), (call.Id, call.Name, call.ArgumentsJson));
        Assert.Equal(("tool", "call_1_0", "sunny"), (result.Role, result.ToolCallId, result.Content));
    }

    [Fact]
    public async Task Conversation_OfTheCluster_IsGoneOnWithByNewMessagesAlone()
    {
        await using var gateway = await ScriptedGateway.StartAsync(new Script());
        using var chat = Over(gateway).AsBuilder().UseFunctionInvocation().Build();
        var function = AIFunctionFactory.Create((string city) => "sunny", "get_weather", "Weather of a city.");

        var answer = await chat.GetResponseAsync(
            [new ChatMessage(ChatRole.User, "How is Paris?")],
            new ChatOptions { ConversationId = "conv_1", Instructions = "Be brief.", Tools = [function], ToolMode = ChatToolMode.RequireAny });

        Assert.Equal("conv_1", answer.ConversationId);
        var (first, last) = (gateway.Script.Chats.First(), gateway.Script.Chats.Last());
        Assert.Equal(("conv_1", "Be brief.", "How is Paris?"), (first.Conversation, first.Instructions, Assert.Single(first.Messages).Content));
        // The library, too, knows by the answer's id that the call and the question are at the cluster.
        Assert.Equal(("conv_1", "Be brief.", "tool", "sunny"), (last.Conversation, last.Instructions, Assert.Single(last.Messages).Role, last.Messages[0].Content));
    }

    [Fact]
    public async Task Answer_OfNoConversation_NamesNone()
    {
        await using var gateway = await ScriptedGateway.StartAsync(new Script());
        using IChatClient chat = Over(gateway);

        Assert.Null((await chat.GetResponseAsync([new ChatMessage(ChatRole.User, "Go.")])).ConversationId);
        Assert.Equal("", gateway.Script.Chats.Single().Conversation);
    }

    [Fact]
    public async Task Options_ThatTheClusterHasNoWordFor_AreRefused()
    {
        await using var gateway = await ScriptedGateway.StartAsync(new Script());
        using IChatClient chat = Over(gateway);
        var search = new ChatOptions { Tools = [new HostedWebSearchTool()] };

        await Assert.ThrowsAsync<NotSupportedException>(() => chat.GetResponseAsync([new ChatMessage(ChatRole.User, "Go.")], search));
        await Assert.ThrowsAsync<NotSupportedException>(() => chat.GetResponseAsync(
            [new ChatMessage(ChatRole.User, [new DataContent(new byte[] { 1 }, "image/png")])]));
        Assert.Empty(gateway.Script.Chats);
    }

    [Theory]
    [InlineData("draining", false, 1, 0)]
    [InlineData("policy_stale", false, 1, 0)]
    [InlineData("no_replica", false, 1, 0)]
    [InlineData("no_replica", false, 2, null)]
    [InlineData("no_replica", true, 1, 0)]
    [InlineData("audit_unavailable", true, 2, 10)]
    [InlineData("residency_denied", true, 1, null)]
    [InlineData("queue", false, 1, null)]
    [InlineData("unreachable", false, 1, 0)]
    [InlineData("unreachable", false, 2, 10)]
    [InlineData("unreachable", true, 4, 20)]
    [InlineData("unreachable", true, 5, 20)]
    [InlineData("unreachable", true, 6, 25)]
    [InlineData("unreachable", true, 7, null)]
    public void Wait_AfterAFailure_FollowsTheTable(string code, bool isBegun, int failures, int? milliseconds)
    {
        var options = ScriptedGateway.Options(new Uri("http://127.0.0.1:1")) with
        {
            Attempts = 6, Backoff = TimeSpan.FromMilliseconds(10), LongestBackoff = TimeSpan.FromMilliseconds(25),
        };
        var row = Errors.All.FirstOrDefault(entry => entry.Code == code);
        var failure = BailiwickException.Of(row is null
            ? new RpcException(new Status(StatusCode.Unavailable, ""))
            : ScriptedGateway.Refusal(row, "x"));

        Assert.Equal(milliseconds, Retries.Wait(failure, isBegun, failures, 2, options)?.TotalMilliseconds);
    }

    [Fact]
    public void KeyFile_OpenToOthers_IsRefused()
    {
        using var folder = new Models.Weights.TemporaryFolder();
        var file = Path.Combine(folder.Path, "key");
        File.WriteAllText(file, " secret \n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        Assert.Contains("chmod 600", Assert.Throws<UnauthorizedAccessException>(() => BailiwickClientOptions.ReadKey(file)).Message, StringComparison.Ordinal);

        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);

        Assert.Equal("secret", BailiwickClientOptions.ReadKey(file));
    }

    [Fact]
    public void Options_InAMessage_DoNotHoldTheKey() =>
        Assert.DoesNotContain("test-key", ScriptedGateway.Options(new Uri("http://127.0.0.1:1")).ToString(), StringComparison.Ordinal);

    private static BailiwickChatClient Over(ScriptedGateway gateway) =>
        new(new BailiwickClient(ScriptedGateway.Options(gateway.Address)), "m", ownsClient: true);
}
