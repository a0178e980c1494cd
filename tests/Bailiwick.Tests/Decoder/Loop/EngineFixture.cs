using System.Text.Json;
using Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Tests.Decoder.Loop;

/// <summary>The default model, loaded once for all tests that can share an engine. They run one after the other.</summary>
public sealed class EngineFixture : IDisposable
{
    public EngineFixture()
    {
        Host = new EngineHost(Load());
        using var reference = JsonDocument.Parse(
            File.ReadAllBytes(Repository.Fixture("smollm2-135m-instruct", "reference.json")));
        Prompts = [.. reference.RootElement.GetProperty("prompts").EnumerateArray().Select(
            static prompt => prompt.GetProperty("ids").EnumerateArray().Select(static id => id.GetInt32()).ToArray())];
    }

    internal EngineHost Host { get; }

    /// <summary>Published prompts, raw and rendered, of 13 to 970 tokens.</summary>
    internal IReadOnlyList<int[]> Prompts { get; }

    internal int[] ShortPrompt => Prompts.MinBy(static prompt => prompt.Length)!;

    internal int[] LongPrompt => Prompts.MaxBy(static prompt => prompt.Length)!;

    internal static Load Load() => new() { ModelDirectory = ModelUnderTest.Folder, Threads = 2 };

    internal static Submit Turn(int[] prompt, int maxTokens, Bailiwick.Protocol.Decoder.V1.Sampling? sampling = null)
    {
        var submit = new Submit { Ids = new TokenIds(), MaxTokens = maxTokens, Sampling = sampling };
        submit.Ids.Id.AddRange(prompt);
        return submit;
    }

    public void Dispose() => Host.Dispose();
}

[CollectionDefinition(Name)]
public sealed class EngineTests : ICollectionFixture<EngineFixture>
{
    public const string Name = "engine";
}
