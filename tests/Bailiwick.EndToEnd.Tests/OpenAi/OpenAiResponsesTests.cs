#pragma warning disable OPENAI001 // The package marks its Responses client as experimental.

using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text.Json;
using Microsoft.Extensions.AI;
using OpenAI.Responses;

namespace Bailiwick.EndToEnd.Tests.OpenAi;

/// <summary>/v1/responses as NuGet's OpenAI and Microsoft.Extensions.AI see it, unmodified.</summary>
[Trait("Category", "OpenAiClient")]
public sealed class OpenAiResponsesTests : IAsyncLifetime, IDisposable
{
    private static readonly string Answer = string.Concat(ScriptedTurns.Words);

    private readonly CancellationTokenSource _limit = new(TimeSpan.FromMinutes(2));
    private ScriptedDoor _door = null!;

    private CancellationToken Limit => _limit.Token;

    public async Task InitializeAsync() => _door = await ScriptedDoor.OpenAsync(Limit);

    public async Task DisposeAsync() => await _door.DisposeAsync();

    public void Dispose() => _limit.Dispose();

    [Fact]
    public async Task Response_Whole_HasTextUsageAndStatus()
    {
        var options = Ask();
        options.Instructions = "Be brief.";
        options.Metadata["case"] = "one";
        ClientResult<ResponseResult> result = await Client().CreateResponseAsync(options, Limit);

        Assert.Equal(Answer, result.Value.GetOutputText());
        Assert.Equal(ResponseStatus.Completed, result.Value.Status);
        Assert.Equal((5, 5, 10), (result.Value.Usage.InputTokenCount, result.Value.Usage.OutputTokenCount, result.Value.Usage.TotalTokenCount));
        Assert.Equal("one", result.Value.Metadata["case"]);
        Assert.Equal(1_800_000_000, result.Value.CreatedAt.ToUnixTimeSeconds());
        Assert.True(result.GetRawResponse().Headers.TryGetValue("X-Bailiwick-Receipt", out _));
        Assert.Equal(
            """[{"content":"Be brief.","role":"system"},{"content":"hello","role":"user"}]""",
            _door.Turns.Requests.Single().Submit.Chat.MessagesJson);
    }

    [Fact]
    public async Task Response_Stream_GivesEveryPieceInOrder()
    {
        var text = "";
        var kinds = new List<StreamingResponseUpdateKind>();
        await foreach (var update in Client().CreateResponseStreamingAsync(Ask(stream: true), Limit))
        {
            Assert.Equal(kinds.Count, update.SequenceNumber);
            kinds.Add(update.Kind);
            text += (update as StreamingResponseOutputTextDeltaUpdate)?.Delta;
        }

        Assert.Equal(Answer, text);
        Assert.Equal(StreamingResponseUpdateKind.ResponseCreated, kinds[0]);
        Assert.Equal(StreamingResponseUpdateKind.ResponseCompleted, kinds[^1]);
    }

    [Fact]
    public async Task Response_WithASchemaAndALimit_ReachesTheTurn()
    {
        var options = Ask();
        options.MaxOutputTokenCount = 3;
        options.Temperature = 0;
        options.TextOptions = new ResponseTextOptions
        {
            TextFormat = ResponseTextFormat.CreateJsonSchemaFormat("place", BinaryData.FromString("""{"type":"object"}"""), jsonSchemaIsStrict: true),
        };
        ResponseResult answer = await Client().CreateResponseAsync(options, Limit);

        Assert.Equal(ResponseStatus.Incomplete, answer.Status);
        Assert.Equal("Rome", JsonDocument.Parse(answer.GetOutputText()).RootElement.GetProperty("city").GetString());
        var submit = _door.Turns.Requests.Single().Submit;
        Assert.Equal((3, 0f, """{"type":"object"}"""), (submit.MaxTokens, submit.Sampling.Temperature, submit.Grammar.JsonSchema));
    }

    [Theory]
    [InlineData("unknown", 404, "model_not_found")]
    [InlineData("denied", 403, "residency_denied")]
    [InlineData("queued", 429, "queue")]
    [InlineData("bug", 500, "internal")]
    public async Task Response_Refused_TellsStatusAndCode(string model, int status, string code)
    {
        var refused = await Assert.ThrowsAsync<ClientResultException>(() => Client().CreateResponseAsync(Ask(model), Limit));
        Assert.Equal(status, refused.Status);
        Assert.Contains(code, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("breaks")]
    [InlineData("throws")]
    public async Task Stream_ThatBreaks_ThrowsAfterTheFirstPieces(string model)
    {
        var text = "";
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await foreach (var update in Client().CreateResponseStreamingAsync(Ask(model, stream: true), Limit))
            {
                text += (update as StreamingResponseOutputTextDeltaUpdate)?.Delta;
            }
        });
        Assert.Equal("Grüße, ", text);
        Assert.False(Limit.IsCancellationRequested);
    }

    [Fact]
    public async Task Stream_ThatTheClientLeaves_CancelsItsTurn()
    {
        await foreach (var update in Client().CreateResponseStreamingAsync(Ask("hangs", stream: true), Limit))
        {
            if (update is StreamingResponseOutputTextDeltaUpdate)
            {
                break;
            }
        }

        await _door.Turns.Cancelled.Task.WaitAsync(Limit);
    }

    [Fact]
    public async Task ExtensionsAi_ChatAndStream_AreWhole()
    {
        using var client = Client().AsIChatClient(ScriptedTurns.Model);

        var whole = await client.GetResponseAsync("hello", cancellationToken: Limit);
        Assert.Equal(Answer, whole.Text);

        var pieces = new List<ChatResponseUpdate>();
        await foreach (var update in client.GetStreamingResponseAsync("hello", cancellationToken: Limit))
        {
            pieces.Add(update);
        }

        var streamed = pieces.ToChatResponse();
        Assert.Equal(Answer, streamed.Text);
        Assert.Equal((5, 5), (streamed.Usage!.InputTokenCount, streamed.Usage.OutputTokenCount));
    }

    [Fact]
    public async Task Response_WithAFunction_IsACallAndThenAnAnswer()
    {
        var options = Ask();
        options.Tools.Add(ResponseTool.CreateFunctionTool("weather", BinaryData.FromString("""{"type":"object","properties":{"city":{"type":"string"}}}"""), strictModeEnabled: false));
        options.ToolChoice = ResponseToolChoice.CreateRequiredChoice();
        ResponseResult first = await Client().CreateResponseAsync(options, Limit);

        var call = first.OutputItems.OfType<FunctionCallResponseItem>().Single();
        Assert.Equal(("weather", """{"city":"Rome"}"""), (call.FunctionName, call.FunctionArguments.ToString()));
        options.InputItems.Add(call);
        options.InputItems.Add(OpenAI.Responses.ResponseItem.CreateFunctionCallOutputItem(call.CallId, "21"));
        ResponseResult second = await Client().CreateResponseAsync(options, Limit);
        Assert.Equal(Answer, second.GetOutputText());
    }

    [Fact]
    public async Task Response_InTheBackground_IsReadFollowedListedAndDeleted()
    {
        var options = Ask();
        (options.BackgroundModeEnabled, options.StoredOutputEnabled) = (true, true);
        ResponseResult begun = await Client().CreateResponseAsync(options, Limit);
        Assert.True(begun.BackgroundModeEnabled);

        var kinds = new List<StreamingResponseUpdateKind>();
        await foreach (var update in Client().GetResponseStreamingAsync(new GetResponseOptions(begun.Id) { StartingAfter = 1, StreamingEnabled = true }, Limit))
        {
            Assert.Equal(kinds.Count + 2, update.SequenceNumber);
            kinds.Add(update.Kind);
        }

        Assert.Equal(StreamingResponseUpdateKind.ResponseCompleted, kinds[^1]);
        ResponseResult ended = await Client().GetResponseAsync(begun.Id, Limit);
        Assert.Equal((ResponseStatus.Completed, Answer), (ended.Status, ended.GetOutputText()));
        var items = new List<OpenAI.Responses.ResponseItem>();
        await foreach (var item in Client().GetResponseInputItemsAsync(begun.Id, Limit))
        {
            items.Add(item);
        }

        Assert.Equal("hello", Assert.IsAssignableFrom<MessageResponseItem>(Assert.Single(items)).Content[0].Text);
        Assert.Equal(ResponseStatus.Completed, (await Client().CancelResponseAsync(begun.Id, Limit)).Value.Status);
        Assert.True((await Client().DeleteResponseAsync(begun.Id, Limit)).Value.Deleted);
        Assert.Equal(404, (await Assert.ThrowsAsync<ClientResultException>(() => Client().GetResponseAsync(begun.Id, Limit))).Status);
    }

    [Fact]
    public async Task ExtensionsAi_WithAFunction_GetsACallAndThenAnAnswer()
    {
        using var client = Client().AsIChatClient(ScriptedTurns.Model);
        var options = new ChatOptions { Tools = [AIFunctionFactory.Create((string city) => $"21 degrees in {city}", "weather")] };
        List<ChatMessage> messages = [new(ChatRole.User, "What is the weather in Rome?")];

        var first = await client.GetResponseAsync(messages, options, Limit);
        var call = Assert.Single(first.Messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>());
        Assert.Equal(("weather", "Rome"), (call.Name, call.Arguments!["city"]!.ToString()));
        messages.AddRange(first.Messages);
        messages.Add(new ChatMessage(ChatRole.Tool, [new FunctionResultContent(call.CallId, "21 degrees")]));
        Assert.Equal(Answer, (await client.GetResponseAsync(messages, options, Limit)).Text);
    }

    private static CreateResponseOptions Ask(string model = ScriptedTurns.Model, bool stream = false) =>
        new(model, [OpenAI.Responses.ResponseItem.CreateUserMessageItem("hello")]) { StreamingEnabled = stream };

    private ResponsesClient Client() => new(
        new ApiKeyCredential(ScriptedDoor.Key),
        new ResponsesClientOptions { Endpoint = _door.V1, RetryPolicy = new ClientRetryPolicy(maxRetries: 0) });
}
