using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Xunit.Abstractions;

namespace Bailiwick.EndToEnd.Tests.Silo;

/// <summary>Workers as processes: what they state, build, verify and restart. Turns between silos: ShardsClusterTests.</summary>
[Collection(SiteCollection.Name)]
[Trait("Category", "Shards")]
public sealed partial class ShardsTests(SiteFixture site, ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private static readonly string Published = Path.Combine(Checkout.Root, "models/smollm2-135m-instruct");

    [Fact]
    public async Task Worker_WithASimulatedDecoder_StatesItsModelAndOutlivesItsDecoder()
    {
        var configuration = await site.ConfigureAsync(new SiloSetup("sims", "s1") { Models = [Published], Simulate = Profile() });
        await using (var silo = SiloProcess.Start(configuration))
        {
            await silo.JoinedAsync();
            var first = await ReadyAsync(silo, losses: 0);
            await StatedAsync("s1", "smollm2-135m-instruct");

            await Executable.RunAsync("kill", "-9", first);
            Assert.NotEqual(first, await ReadyAsync(silo, losses: 1));

            var since = Stopwatch.StartNew();
            Assert.Equal(0, await silo.StopAsync());
            output.WriteLine($"idle worker stopped in {since.Elapsed.TotalSeconds:F1} s");
        }

        // What a node no longer serves, it no longer states.
        var settings = JsonNode.Parse(await File.ReadAllTextAsync(configuration))!;
        settings["decoders"]!["models"] = new JsonArray();
        await File.WriteAllTextAsync(configuration, settings.ToJsonString());
        await using var empty = SiloProcess.Start(configuration);
        await empty.JoinedAsync();
        await StatedAsync("s1", null);
    }

    [Fact]
    public async Task Worker_WithPublishedWeights_BuildsOnceAndRefusesAChangedBuild()
    {
        var setup = new SiloSetup("reals", "r1") { Models = [Published], KvBlocks = 64 };
        var configuration = await site.ConfigureAsync(setup);
        await using (var silo = SiloProcess.Start(configuration))
        {
            // Building takes longer than joining, and does not hold it up.
            output.WriteLine($"joined after {(await silo.JoinedAsync()).TotalSeconds:F1} s");
            var since = Stopwatch.StartNew();
            await ReadyAsync(silo, losses: 0);
            output.WriteLine($"ready {since.Elapsed.TotalSeconds:F1} s later");
            Assert.Contains("Building", silo.Output, StringComparison.Ordinal);
            Assert.Equal(0, await silo.StopAsync());
        }

        await using (var silo = SiloProcess.Start(configuration))
        {
            await ReadyAsync(silo, losses: 0);
            Assert.DoesNotContain("Building", silo.Output, StringComparison.Ordinal);
            Assert.Equal(0, await silo.StopAsync());
        }

        var file = Directory.EnumerateFiles(site.At(setup.Boundary, setup.Node, "builds", "builds"), "tokenizer.json", SearchOption.AllDirectories).Single();
        var bytes = await File.ReadAllBytesAsync(file);
        bytes[^2] ^= 1;
        await File.WriteAllBytesAsync(file, bytes);
        await using (var silo = SiloProcess.Start(configuration))
        {
            await SaidAsync(silo, "failed. tokenizer.json: has the digest");
        }
    }

    [Fact]
    public async Task Worker_ModelIsNoModel_JoinsAndSaysWhatIsWrong()
    {
        var folder = Directory.CreateDirectory(site.At("not-a-model")).FullName;
        await using var silo = SiloProcess.Start(await site.ConfigureAsync(new SiloSetup("nones", "x1") { Models = [folder] }));

        await silo.JoinedAsync();

        await SaidAsync(silo, "Model not-a-model: failed. not-a-model: holds neither a .gguf file");
    }

    private string Profile()
    {
        var file = site.At("profile.json");
        File.WriteAllText(file, """{"steps_per_second":200,"prefill_tokens_per_second":0}""");
        return file;
    }

    /// <summary>Waits for the line and gives the decoder's process id.</summary>
    private static async Task<string> ReadyAsync(SiloProcess silo, int losses)
    {
        var end = string.Create(CultureInfo.InvariantCulture, $", {losses} lost before");
        await SaidAsync(silo, end);
        return ReadyLine().Matches(silo.Output).Last(match => match.Value.EndsWith(end, StringComparison.Ordinal)).Groups[1].Value;
    }

    private static Task SaidAsync(SiloProcess silo, string text) => Condition.HoldsAsync(
        $"'{text}' in the log", Patience, _ => Task.FromResult((silo.Output.Contains(text, StringComparison.Ordinal), silo.Output)));

    private Task StatedAsync(string node, string? model) => Condition.HoldsAsync($"{node} states {model ?? "nothing"}", Patience, async token =>
    {
        await using var command = site.Owner.CreateCommand("SELECT model FROM replicas WHERE zone = 'local-1' AND node = $1");
        command.Parameters.AddWithValue(node);
        var stated = (string?)await command.ExecuteScalarAsync(token);
        return (stated == model, stated ?? "nothing");
    });

    [GeneratedRegex(@"ready, decoder ([0-9]+), [0-9]+ lost before")]
    private static partial Regex ReadyLine();
}
