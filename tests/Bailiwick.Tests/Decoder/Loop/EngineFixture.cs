using System.Text.Json;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Tests.Models;
using V1 = Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Tests.Decoder.Loop;

/// <summary>The default model, loaded once for all tests that can share an engine. They run one after the other.</summary>
public sealed class EngineFixture : IAsyncLifetime
{
    private string _folder = "";

    internal EngineHost Host { get; private set; } = null!;

    /// <summary>Published prompts, raw and rendered, of 13 to 970 tokens.</summary>
    internal IReadOnlyList<int[]> Prompts { get; private set; } = [];

    /// <summary>Those that are one question to the model's default system prompt: the question, the rendered text, its ids.</summary>
    internal IReadOnlyList<(string Question, string Text, int[] Ids)> Questions { get; private set; } = [];

    /// <summary>The one whose greedy answer ends itself soonest.</summary>
    internal int[] EndingPrompt { get; private set; } = [];

    internal int[] ShortPrompt => Prompts.MinBy(static prompt => prompt.Length)!;

    internal int[] LongPrompt => Prompts.MaxBy(static prompt => prompt.Length)!;

    public async Task InitializeAsync()
    {
        _folder = (await TestBuilds.DefaultModelAsync()).Folder;
        Host = new EngineHost(Load());
        using var reference = JsonDocument.Parse(
            await File.ReadAllBytesAsync(Repository.Fixture("smollm2-135m-instruct", "reference.json")));
        var prompts = reference.RootElement.GetProperty("prompts").EnumerateArray().ToArray();
        Prompts = [.. prompts.Select(Ids)];
        Questions = [.. prompts.Select(static prompt => (Question: QuestionOf(prompt.GetProperty("text").GetString()!), Prompt: prompt))
            .Where(static one => one.Question is not null)
            .Select(static one => (one.Question!, one.Prompt.GetProperty("text").GetString()!, Ids(one.Prompt)))];
        EndingPrompt = Ids(prompts.Where(static prompt => prompt.GetProperty("first_eos_index").ValueKind == JsonValueKind.Number)
            .MinBy(static prompt => prompt.GetProperty("first_eos_index").GetInt32()));
    }

    public Task DisposeAsync()
    {
        Host.Dispose();
        return Task.CompletedTask;
    }

    private static string? QuestionOf(string text)
    {
        const string user = "<|im_start|>user\n", end = "<|im_end|>\n<|im_start|>assistant\n";
        var parts = text.Split(user);
        return parts.Length == 2 && parts[0].Contains("helpful AI assistant named SmolLM", StringComparison.Ordinal)
            && parts[1].EndsWith(end, StringComparison.Ordinal)
            ? parts[1][..^end.Length]
            : null;
    }

    private static int[] Ids(JsonElement prompt) => [.. prompt.GetProperty("ids").EnumerateArray().Select(static id => id.GetInt32())];

    /// <summary>
    /// With one thread: other tests run beside these, and pools of more threads than there are cores wait for each other (the suite took
    /// twice as long). What a second thread changes is <see cref="ExactnessTests"/>' to show.
    /// </summary>
    internal Load Load() => new() { ModelDirectory = _folder, Threads = 1 };

    internal static Submit Turn(int[] prompt, int maxTokens, V1.Sampling? sampling = null) =>
        new() { Ids = new TokenIds { Id = { prompt } }, MaxTokens = maxTokens, Sampling = sampling };

    internal static Submit Ask(string question, int maxTokens, V1.Sampling? sampling = null) => new()
    {
        Chat = new Chat
        {
            MessagesJson = JsonSerializer.Serialize(new[] { new { role = "user", content = question } }),
            AddGenerationPrompt = true,
            Now = "2026-11-24T00:00:00Z",
        },
        MaxTokens = maxTokens,
        Sampling = sampling,
    };
}

[CollectionDefinition(Name)]
public sealed class EngineTests : ICollectionFixture<EngineFixture>
{
    public const string Name = "engine";
}
