using System.Text.Json;
using Bailiwick.Models.Import;
using Bailiwick.Protocol.Decoder;
using Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Tests.Protocol;

/// <summary>The default model, built once into a store that the test runs of this machine share.</summary>
public sealed class DefaultModel : IAsyncLifetime, IProgress<ImportProgress>
{
    private static readonly string Store = Path.Combine(Path.GetTempPath(), "bailiwick-test-store");

    public string Folder { get; private set; } = "";

    /// <summary>A short published prompt, rendered.</summary>
    public IReadOnlyList<int> Prompt { get; private set; } = [];

    public async Task InitializeAsync()
    {
        var request = new ImportRequest(Repository.Model("smollm2-135m-instruct"), Store, new ImportOptions());
        Folder = (await ModelImporter.ImportAsync(request, this, (_, _) => Task.CompletedTask, CancellationToken.None)).Folder;
        using var reference = JsonDocument.Parse(await File.ReadAllBytesAsync(Repository.Fixture("smollm2-135m-instruct", "reference.json")));
        Prompt = [.. reference.RootElement.GetProperty("prompts").EnumerateArray()
            .Select(prompt => prompt.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()).ToList())
            .MinBy(ids => ids.Count)!];
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Report(ImportProgress value)
    {
        // Nobody watches a test's import.
    }

    /// <param name="hang">Hang limit; the machine may be shared, so a loop may stand for seconds without being hung.</param>
    internal DecoderLinkOptions Options(TimeSpan? hang = null) => new()
    {
        Executable = LinkUnderTest.Executable,
        Load = new Load { ModelDirectory = Folder, Threads = 1, HeartbeatMs = 50 },
        MaxRestarts = 1000,
        // How long a link waits is RestartPolicy's, and RestartPolicyTests show it: twenty losses would wait for minutes.
        RestartDelay = TimeSpan.Zero,
        MaxRestartDelay = TimeSpan.Zero,
        MaxResumes = 1000,
        HangTimeout = hang ?? TimeSpan.FromSeconds(30),
    };

    internal Submit Turn(int tokens, Sampling? sampling = null, Grammar? grammar = null) => new()
    {
        Ids = new TokenIds { Id = { Prompt } },
        MaxTokens = tokens,
        Sampling = sampling ?? new Sampling(),
        Grammar = grammar,
    };
}

[CollectionDefinition(Name)]
public sealed class DecoderLifeCollection : ICollectionFixture<DefaultModel>
{
    public const string Name = "decoder life";
}
