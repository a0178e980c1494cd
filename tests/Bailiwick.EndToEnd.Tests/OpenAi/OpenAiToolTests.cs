using System.ClientModel;
using System.Text.Json;
using Microsoft.Extensions.AI;
using OpenAI;
using OpenAI.Chat;
using ChatFinishReason = OpenAI.Chat.ChatFinishReason;

namespace Bailiwick.EndToEnd.Tests.OpenAi;

/// <summary>Calls of functions by the default model, as NuGet's OpenAI and Microsoft.Extensions.AI make them.</summary>
[Trait("Category", "OpenAiClient")]
public sealed class OpenAiToolTests : IAsyncLifetime, IDisposable
{
    private const string Parameters = """
        {"type":"object","properties":{"city":{"type":"string","enum":["Paris","Berlin","Rome"]}},"required":["city"],"additionalProperties":false}
        """;

    private readonly CancellationTokenSource _limit = new(TimeSpan.FromMinutes(10));
    private DecoderTurns _turns = null!;
    private ScriptedDoor _door = null!;

    private CancellationToken Limit => _limit.Token;

    public async Task InitializeAsync()
    {
        _turns = await DecoderTurns.StartAsync(Limit);
        _door = await ScriptedDoor.OpenAsync(Limit, _turns);
    }

    public async Task DisposeAsync()
    {
        await _door.DisposeAsync();
        await _turns.DisposeAsync();
    }

    public void Dispose() => _limit.Dispose();

    [Fact]
    public async Task OpenAi_CallWholeAndStreamed_AreTheSame()
    {
        ChatCompletion whole = await Client().CompleteChatAsync([new UserChatMessage("Weather in Rome?")], Options(), Limit);

        Assert.Equal(ChatFinishReason.ToolCalls, whole.FinishReason);
        Assert.Empty(whole.Content);
        var call = Assert.Single(whole.ToolCalls);
        AssertValid(call.FunctionName, call.FunctionArguments.ToString());

        var (name, arguments, finishes) = ("", "", new List<ChatFinishReason>());
        await foreach (var update in Client().CompleteChatStreamingAsync([new UserChatMessage("Weather in Rome?")], Options(), Limit))
        {
            foreach (var piece in update.ToolCallUpdates)
            {
                name += piece.FunctionName;
                arguments += piece.FunctionArgumentsUpdate?.ToString();
            }

            finishes.AddRange(update.FinishReason is { } finish ? [finish] : []);
        }

        Assert.Equal((call.FunctionName, call.FunctionArguments.ToString()), (name, arguments));
        Assert.Equal([ChatFinishReason.ToolCalls], finishes);
    }

    [Fact]
    public async Task ExtensionsAi_FunctionInvocation_RunsTheFunctionAndSendsItsResult()
    {
        List<string> asked = [];
        var function = AIFunctionFactory.Create((string city) => { asked.Add(city); return "Sunny."; }, "get_weather", "Weather of a city.");
        // A model this small would call on for ever: after one round it is asked for words.
        using var client = Client().AsIChatClient().AsBuilder().UseFunctionInvocation(configure: calls => calls.MaximumIterationsPerRequest = 1).Build();

        var answer = await client.GetResponseAsync(
            "Weather in Rome?",
            new ChatOptions { Tools = [function], ToolMode = ChatToolMode.RequireAny, AllowMultipleToolCalls = false, MaxOutputTokens = 60, Temperature = 0 },
            Limit);

        Assert.Single(asked);
        Assert.Contains(answer.Messages.SelectMany(message => message.Contents), content => content is FunctionResultContent);
    }

    private static ChatCompletionOptions Options() => new()
    {
        Tools = { ChatTool.CreateFunctionTool("get_weather", "Weather of a city.", BinaryData.FromString(Parameters), functionSchemaIsStrict: true) },
        ToolChoice = ChatToolChoice.CreateRequiredChoice(),
        AllowParallelToolCalls = false,
        MaxOutputTokenCount = 60,
        Temperature = 0,
    };

    private static void AssertValid(string name, string arguments)
    {
        using var json = JsonDocument.Parse(arguments);
        Assert.Equal("get_weather", name);
        Assert.Contains(json.RootElement.GetProperty("city").GetString(), new[] { "Paris", "Berlin", "Rome" });
    }

    private ChatClient Client() => new(
        ScriptedTurns.Model, new ApiKeyCredential(ScriptedDoor.Key), new OpenAIClientOptions { Endpoint = _door.V1 });
}
