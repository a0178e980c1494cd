using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text.Json;
using Microsoft.Extensions.AI;
using OpenAI;
using OpenAI.Chat;
using ChatFinishReason = OpenAI.Chat.ChatFinishReason;

namespace Bailiwick.EndToEnd.Tests.OpenAi;

/// <summary>The door as NuGet's OpenAI sees it, unmodified.</summary>
[Trait("Category", "OpenAiClient")]
public sealed class OpenAiClientTests : IAsyncLifetime, IDisposable
{
    private static readonly string Answer = string.Concat(ScriptedTurns.Words);

    private readonly CancellationTokenSource _limit = new(TimeSpan.FromMinutes(2));
    private ScriptedDoor _door = null!;

    private CancellationToken Limit => _limit.Token;

    public async Task InitializeAsync() => _door = await ScriptedDoor.OpenAsync(Limit);

    public async Task DisposeAsync() => await _door.DisposeAsync();

    public void Dispose() => _limit.Dispose();

    [Fact]
    public async Task Chat_Whole_HasTextUsageAndFinish()
    {
        ClientResult<ChatCompletion> result = await Client().CompleteChatAsync([new UserChatMessage("hello")], cancellationToken: Limit);

        Assert.Equal(Answer, result.Value.Content[0].Text);
        Assert.Equal(ChatFinishReason.Stop, result.Value.FinishReason);
        Assert.Equal((5, 5, 10), (result.Value.Usage.InputTokenCount, result.Value.Usage.OutputTokenCount, result.Value.Usage.TotalTokenCount));
        Assert.Equal("chatcmpl-t-1", result.Value.Id);
        Assert.Equal(1_800_000_000, result.Value.CreatedAt.ToUnixTimeSeconds());
        Assert.True(result.GetRawResponse().Headers.TryGetValue("X-Bailiwick-Receipt", out var receipt));
        Assert.Equal(ScriptedTurns.Receipt.ToText(), receipt);
    }

    [Fact]
    public async Task Chat_Stream_GivesEveryPieceUsageAndFinish()
    {
        var text = "";
        var finishes = new List<ChatFinishReason>();
        var usage = 0;
        await foreach (var update in Client().CompleteChatStreamingAsync([new UserChatMessage("hello")], cancellationToken: Limit))
        {
            text += string.Concat(update.ContentUpdate.Select(part => part.Text));
            usage += update.Usage?.TotalTokenCount ?? 0;
            if (update.FinishReason is { } finish)
            {
                finishes.Add(finish);
            }
        }

        Assert.Equal(Answer, text);
        Assert.Equal([ChatFinishReason.Stop], finishes);
        Assert.Equal(10, usage);
    }

    [Fact]
    public async Task Chat_WithSchemaLogprobsAndLimit_ReachesTheTurnAndComesBack()
    {
        var options = new ChatCompletionOptions
        {
            ResponseFormat = OpenAI.Chat.ChatResponseFormat.CreateJsonSchemaFormat(
                "place", BinaryData.FromString("""{"type":"object","properties":{"city":{"type":"string"}}}"""), jsonSchemaIsStrict: true),
            IncludeLogProbabilities = true,
            TopLogProbabilityCount = 2,
            MaxOutputTokenCount = 3,
            Temperature = 0,
        };
        ChatCompletion answer = await Client().CompleteChatAsync([new UserChatMessage("where?")], options, Limit);

        Assert.Equal("Rome", JsonDocument.Parse(answer.Content[0].Text).RootElement.GetProperty("city").GetString());
        Assert.Equal(ChatFinishReason.Length, answer.FinishReason);
        Assert.Equal(4, answer.ContentTokenLogProbabilities.Count);
        Assert.Equal(-9999, answer.ContentTokenLogProbabilities[0].TopLogProbabilities[1].LogProbability);
        var submit = _door.Turns.Requests.Single().Submit;
        Assert.Equal((3, 2, 0f), (submit.MaxTokens, submit.TopLogprobs, submit.Sampling.Temperature));
        Assert.Equal("""{"type":"object","properties":{"city":{"type":"string"}}}""", submit.Grammar.JsonSchema);
        Assert.Equal("""[{"content":"where?","role":"user"}]""", submit.Chat.MessagesJson);
    }

    [Theory]
    [InlineData("unknown", 404, "model_not_found")]
    [InlineData("denied", 403, "residency_denied")]
    [InlineData("queued", 429, "queue")]
    [InlineData("bug", 500, "internal")]
    public async Task Chat_Refused_TellsStatusAndCode(string model, int status, string code)
    {
        var refused = await Assert.ThrowsAsync<ClientResultException>(
            () => Client(model).CompleteChatAsync([new UserChatMessage("hello")], cancellationToken: Limit));

        Assert.Equal(status, refused.Status);
        Assert.Contains(code, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Chat_WithAWrongKey_IsUnauthenticated()
    {
        var refused = await Assert.ThrowsAsync<ClientResultException>(
            () => Client(key: "wrong").CompleteChatAsync([new UserChatMessage("hello")], cancellationToken: Limit));
        Assert.Equal(401, refused.Status);
    }

    [Theory]
    [InlineData("breaks")]
    [InlineData("throws")]
    public async Task Stream_ThatBreaks_ThrowsAfterTheFirstPieces(string model)
    {
        var text = "";
        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            await foreach (var update in Client(model).CompleteChatStreamingAsync([new UserChatMessage("hello")], cancellationToken: Limit))
            {
                text += string.Concat(update.ContentUpdate.Select(part => part.Text));
            }
        });
        Assert.Equal("Grüße, ", text);
    }

    [Fact]
    public async Task Stream_ThatTheClientLeaves_CancelsItsTurn()
    {
        await foreach (var update in Client("hangs").CompleteChatStreamingAsync([new UserChatMessage("hello")], cancellationToken: Limit))
        {
            if (update.ContentUpdate.Count > 0)
            {
                break;
            }
        }

        await _door.Turns.Cancelled.Task.WaitAsync(Limit);
    }

    [Fact]
    public async Task Models_Listed_AreThere()
    {
        var models = new OpenAIClient(new ApiKeyCredential(ScriptedDoor.Key), Options()).GetOpenAIModelClient();

        Assert.Equal([ScriptedTurns.Model], (await models.GetModelsAsync(Limit)).Value.Select(model => model.Id));
        Assert.Equal(ScriptedTurns.Model, (await models.GetModelAsync("scripted@01234567", Limit)).Value.Id);
        Assert.Equal(404, (await Assert.ThrowsAsync<ClientResultException>(() => models.GetModelAsync("none", Limit))).Status);
    }

    [Fact]
    public async Task ExtensionsAi_ChatAndStream_AreWhole()
    {
        using var client = Client().AsIChatClient();

        var whole = await client.GetResponseAsync("hello", cancellationToken: Limit);
        Assert.Equal(Answer, whole.Text);
        Assert.Equal(Microsoft.Extensions.AI.ChatFinishReason.Stop, whole.FinishReason);

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
    public async Task ExtensionsAi_StreamThatBreaks_Throws()
    {
        using var client = Client("breaks").AsIChatClient();
        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            await foreach (var _ in client.GetStreamingResponseAsync("hello", cancellationToken: Limit))
            {
            }
        });
    }

    private ChatClient Client(string model = ScriptedTurns.Model, string key = ScriptedDoor.Key) =>
        new(model, new ApiKeyCredential(key), Options());

    private OpenAIClientOptions Options() => new() { Endpoint = _door.V1, RetryPolicy = new ClientRetryPolicy(maxRetries: 0) };
}
