using System.Diagnostics;
using System.Text.Json;
using Bailiwick.Tests.Models.Weights;
using Xunit.Abstractions;

namespace Bailiwick.Tests.Models.Import;

/// <summary>`bailiwick models` as a process: exit codes, what goes where, time and memory of an import.</summary>
public sealed class ImportCommandTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Import_DefaultModel_TakesSecondsAndLessThanThreeTimesItsSize()
    {
        using var store = new TemporaryFolder();
        var folder = Repository.Model("smollm2-135m-instruct");
        var first = await RunAsync("models", "import", folder, "--store", store.Path, "--output", "json");
        Assert.True(first.Code == 0, first.Error);
        Assert.Contains("building the graph ...", first.Error, StringComparison.Ordinal);
        using var build = JsonDocument.Parse(first.Output);
        Assert.True(Directory.Exists(build.RootElement.GetProperty("folder").GetString()));
        var again = await RunAsync("models", "import", folder, "--store", store.Path);
        Assert.Contains("was there already", again.Output, StringComparison.Ordinal);
        output.WriteLine($"import {first.Wall.TotalSeconds:F2} s, peak {first.PeakBytes / 1e6:F0} MB; again {again.Wall.TotalSeconds:F2} s, peak {again.PeakBytes / 1e6:F0} MB");
        Assert.True(first.Wall < TimeSpan.FromSeconds(20), $"{first.Wall}");
        Assert.InRange(first.PeakBytes, 1, 3 * 98_362_432L);
    }

    [Fact]
    public async Task ShowListVerify_ImportedModel_SayWhatIsThere()
    {
        using var store = new TemporaryFolder();
        var import = await RunAsync("models", "import", Repository.Fixture("families", "gguf", "models", "llama.Q4_0.gguf"), "--store", store.Path);
        Assert.True(import.Code == 0, import.Error);
        var list = await RunAsync("models", "list", "--store", store.Path);
        Assert.Contains("* llama.q4_0", list.Output, StringComparison.Ordinal);
        var show = await RunAsync("models", "show", "llama.q4_0", "--store", store.Path, "--output", "json");
        using var build = JsonDocument.Parse(show.Output);
        Assert.Equal("llama.q4_0", build.RootElement.GetProperty("name").GetString());
        var unchanged = await RunAsync("models", "verify", "llama.q4_0", "--store", store.Path);
        Assert.True(unchanged.Code == 0, unchanged.Error);
        var file = Path.Combine(store.Path, "builds", build.RootElement.GetProperty("digest").GetString()!, "tokenizer.json");
        File.AppendAllText(file, " ");
        var changed = await RunAsync("models", "verify", "llama.q4_0", "--store", store.Path);
        Assert.Equal(1, changed.Code);
        Assert.StartsWith("tokenizer.json: has ", changed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Import_RefusedSource_IsOneSentenceAndExitCodeOne()
    {
        using var store = new TemporaryFolder();
        var run = await RunAsync("models", "import", Repository.Fixture("families", "gguf", "models", "phi3.F16.gguf"), "--store", store.Path);
        Assert.Equal(1, run.Code);
        Assert.Equal("", run.Output);
        Assert.Equal(
            "phi3.F16.gguf: has the architecture 'phi3', which is not built; built are llama.",
            run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1]);
    }

    [Theory]
    [InlineData("models", "import")]
    [InlineData("models", "import", "x.gguf", "--accuracy-level", "3")]
    [InlineData("models", "import", "x.gguf", "--threads", "0")]
    [InlineData("models", "import", "x.gguf", "--precision", "int2")]
    [InlineData("models", "show")]
    public async Task WrongUsage_IsExitCodeTwo(params string[] arguments) =>
        Assert.Equal(2, (await RunAsync(arguments)).Code);

    private sealed record Run(int Code, string Output, string Error, TimeSpan Wall, long PeakBytes);

    private static async Task<Run> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath is { } host && Path.GetFileName(host) == "dotnet" ? host : "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in (string[])[Checkout.Executable("Bailiwick.Cli", "bailiwick.dll"), .. arguments]) start.ArgumentList.Add(argument);
        var began = Stopwatch.GetTimestamp();
        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(Patience);
        var streams = Task.WhenAll(process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
        var peak = 0L;
        while (!streams.IsCompleted)
        {
            peak = Math.Max(peak, PeakOf(process.Id));
            await Task.WhenAny(streams, Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, limit.Token));
        }

        var texts = await streams;
        await process.WaitForExitAsync(limit.Token);
        return new Run(process.ExitCode, texts[0], texts[1], Stopwatch.GetElapsedTime(began), peak);
    }

    // The kernel's own high-water mark; it is gone with the process, so it is read while that runs.
    private static long PeakOf(int process)
    {
        try
        {
            var line = File.ReadLines($"/proc/{process}/status").FirstOrDefault(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
            return line is null ? 0 : 1024 * long.Parse(line["VmHWM:".Length..].Replace("kB", "", StringComparison.Ordinal), System.Globalization.CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
