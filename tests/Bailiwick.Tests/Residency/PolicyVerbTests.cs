using System.CommandLine;
using System.Text.Json.Nodes;

namespace Bailiwick.Tests.Residency;

/// <summary>`bailiwick policy` as a shell sees it: exit codes, text, JSON.</summary>
public sealed class PolicyVerbTests
{
    private const string Noon = "2026-06-01T12:00:00Z";

    [Theory]
    [InlineData(0, "check policies/02-federation.yaml")]
    [InlineData(0, "check policies/06-contradictory.yaml")]
    [InlineData(3, "check policies/06-contradictory.yaml --strict")]
    [InlineData(2, "check policies/08-malformed.yaml")]
    [InlineData(2, "check policies/missing.yaml")]
    [InlineData(2, "check")]
    [InlineData(2, "check policies/02-federation.yaml --at yesterday")]
    [InlineData(0, "table policies/01-ministry.yaml")]
    [InlineData(3, "diff policies/02-federation.yaml policies/07-federation-widened.yaml")]
    [InlineData(0, "diff policies/01-ministry.yaml edits/01-zone-moved.yaml")]
    [InlineData(3, "diff edits/09-lists.yaml edits/09-lists-swapped.yaml")]
    [InlineData(0, "diff policies/03-union.yaml policies/03-union.yaml --after-at 2027-01-01T00:00:00Z")]
    [InlineData(0, "why sample.yaml --label local,public,service-provision,quick-start --to silo,local-1,certificate")]
    [InlineData(3, "why sample.yaml --label local,internal,service-provision,quick-start --to silo,local-1,certificate")]
    [InlineData(2, "why sample.yaml --label local --to silo,local-1,certificate")]
    [InlineData(3, "why sample.yaml --label local,public,service-provision,quick-start --to silo,local-1,certificate --credential local,internal,service-provision,quick-start")]
    [InlineData(2, "check policies")]
    [InlineData(2, "why sample.yaml")]
    [InlineData(0, "prove policies/02-federation.yaml --never {label:{class:secret}}")]
    [InlineData(3, "prove policies/02-federation.yaml --always {label:{class:secret}}")]
    [InlineData(4, "prove policies/01-ministry.yaml --never {destination:{jurisdiction:{outside:eu.de}}}")]
    [InlineData(2, "prove policies/01-ministry.yaml --never {label:{class:top}}")]
    [InlineData(2, "prove policies/01-ministry.yaml")]
    [InlineData(0, "cedar sample.yaml")]
    public async Task Verb_OfEachKind_ExitsWithItsCode(int expected, string line)
    {
        var (code, output) = await RunAsync(line);
        Assert.True(expected == code, $"{line} exits with {code}:\n{output}");
    }

    [Fact]
    public async Task Check_MalformedFile_NamesEveryFaultWithItsLine()
    {
        var (_, output) = await RunAsync("check policies/08-malformed.yaml");
        Assert.Contains("10 faults", output, StringComparison.Ordinal);
        Assert.Contains("line 14", output, StringComparison.Ordinal);
        Assert.Contains("duplicate-id at /vocabulary/zones/1/id", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Why_Denial_SaysRuleAuthorityGroundAndWhatWouldChangeIt()
    {
        var (_, output) = await RunAsync(
            "why policies/02-federation.yaml --label eu.de.by,internal,law-enforcement,by-stmi --to silo,de-berlin-1,certificate");
        output = string.Join(' ', output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        string[] told = ["DENIED by BY-2", "Bavarian State Ministry of the Interior", "Police data does not", "FED-1", "by-munich-1"];
        Assert.All(told, text => Assert.Contains(text, output, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Why_LabelBelowItsCredential_IsDeniedAsThePlanDeniesIt()
    {
        var (_, output) = await RunAsync(
            "why policies/02-federation.yaml --label eu.de.by,internal,service-provision,bmi --credential eu.de,restricted,service-provision,bmi --to silo,de-berlin-1,certificate");
        Assert.StartsWith("DENIED by !label-lowered", output, StringComparison.Ordinal);
        Assert.Contains("A request may raise its credential's label and never lower it.", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Why_ValueThatThePolicyDoesNotKnow_SaysWhichItKnows()
    {
        var (_, output) = await RunAsync("why policies/02-federation.yaml --label eu.de,top,service-provision,bmi --to silo,de-berlin-1,certificate");
        Assert.Contains("class is one of  public, internal, restricted, secret", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Table_EachGroup_SaysWhoseRulesAllowItAndWhy()
    {
        var (_, output) = await RunAsync("table policies/01-ministry.yaml");
        Assert.Contains("HR-1       Federal Ministry of Justice (document house-rules) allows: “Ordinary work on own", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_PolicyTooLargeToWalk_IsWellFormedAndSaysWhatIsLeftToAsk()
    {
        var file = Path.GetTempFileName();
        try
        {
            var purposes = string.Concat(Enumerable.Range(0, 1000).Select(i => $", p{i}"));
            var tenants = string.Concat(Enumerable.Range(0, 20_000).Select(i => $"\n    - {{id: t{i}, home: local}}"));
            File.WriteAllText(file, File.ReadAllText(Repository.Fixture("residency", "sample.yaml"))
                .Replace("[service-provision]", $"[service-provision{purposes}]", StringComparison.Ordinal)
                .Replace("    - {id: quick-start, home: local}", "    - {id: quick-start, home: local}" + tenants, StringComparison.Ordinal));
            var (code, output) = await RunAsync($"check {file}");
            Assert.Equal(2, code);
            Assert.StartsWith("Well formed: sample", output, StringComparison.Ordinal);
            Assert.Contains("Single ones can still be asked about (policy why).", output, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Why_TextFromAFileWithControlCharacters_IsHarmlessForATerminal()
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, File.ReadAllText(Repository.Fixture("residency", "sample.yaml"))
                .Replace("authority: The ministry", "authority: \"The \\e[31mministry\\u202e\"", StringComparison.Ordinal));
            var (code, output) = await RunAsync($"why {file} --label local,public,service-provision,quick-start --to silo,local-1,certificate");
            Assert.Equal(0, code);
            Assert.Contains("ministry", output, StringComparison.Ordinal);
            Assert.DoesNotContain('\e', output);
            Assert.DoesNotContain('\u202e', output);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Diff_Json_ListsEveryTupleWithItsDigest()
    {
        var (_, output) = await RunAsync("diff policies/02-federation.yaml policies/07-federation-widened.yaml --output json");
        var row = Corpus.Rows("analysis.json", "diff").First();
        Assert.True(JsonNode.DeepEquals(row["widened"], JsonNode.Parse(output)!["widened"]));
        Assert.True(JsonNode.DeepEquals(row["widened_sha256"], JsonNode.Parse(output)!["widened_sha256"]));
    }

    /// <summary>A screen of the page is a block that begins with the command and ends with its exit code.</summary>
    [Fact]
    public async Task Page_EveryScreen_IsWhatTheCommandPrints()
    {
        const string prompt = "$ bailiwick policy ";
        var page = File.ReadAllText(Path.Combine(Repository.Root, "src", "Bailiwick.Residency", "README.md"));
        var screens = page.Split("```").Select(block => block.TrimStart('\n'))
            .Where(block => block.StartsWith(prompt, StringComparison.Ordinal)).ToList();
        Assert.Equal(6, screens.Count);
        foreach (var screen in screens)
        {
            var command = screen[prompt.Length..screen.IndexOf('\n', StringComparison.Ordinal)];
            var (code, output) = await RunAsync(command);
            Assert.Equal(screen, $"{prompt}{command}\n{output.TrimEnd()}\n(exit code {code})\n");
        }
    }

    private static async Task<(int Code, string Output)> RunAsync(string line)
    {
        var words = line.Split(' ').Select(word => word.EndsWith(".yaml", StringComparison.Ordinal)
            ? Repository.Fixture(["residency", .. word.Split('/')])
            : word.Replace(":{", ": {", StringComparison.Ordinal).Replace("class:", "class: ", StringComparison.Ordinal)
                .Replace("outside:", "outside: ", StringComparison.Ordinal));
        var output = new StringWriter();
        string[] always = line.Contains("--at ", StringComparison.Ordinal) ? [] : ["--at", Noon];
        var code = await global::Bailiwick.Cli.Program.RunAsync(
            ["policy", .. words, .. always], new InvocationConfiguration { Output = output, Error = output }, CancellationToken.None);
        return (code, output.ToString());
    }
}
