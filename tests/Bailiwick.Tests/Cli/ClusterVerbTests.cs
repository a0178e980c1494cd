using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using Bailiwick.Cli.Verbs;
using Bailiwick.Client;
using Bailiwick.Protocol;
using Bailiwick.Protocol.Audit.V1;
using Bailiwick.Tests.Client;
using Google.Protobuf;

namespace Bailiwick.Tests.Cli;

/// <summary>The verbs that speak to a cluster, over a scripted gateway: output and exit codes.</summary>
public sealed class ClusterVerbTests : IDisposable
{
    private readonly Models.Weights.TemporaryFolder _folder = new();

    [Fact]
    public async Task Chat_Text_IsTheAnswerAloneOnStdout()
    {
        await using var gateway = await ScriptedGateway.StartAsync(new Script());

        var (exitCode, output, error) = await ChatAsync(gateway, "m", "Go.", "--seed", "7", "--temperature", "0", "--max-tokens", "30");

        Assert.Equal((0, Script.Text + "\n"), (exitCode, output));
        Assert.Contains("seed 7", error, StringComparison.Ordinal);
        var settings = gateway.Script.Chats.Single().Settings;
        Assert.Equal((7ul, 0f, 30), (settings.Seed, settings.Temperature, settings.MaxTokens));
    }

    [Fact]
    public async Task Chat_WithVerify_TellsWhatTheReceiptIsWorth()
    {
        // A receipt of another answer than the one that is given.
        var sample = new SampleReceipt();
        await using var gateway = await ScriptedGateway.StartAsync(new Script
        {
            Receipt = sample.Receipt.ToText(),
            Proof = request =>
            {
                var proof = sample.Proof(Convert.ToHexStringLower(request.LeafHash.Span) == sample.Receipt.Intent);
                return new GetProofResponse { Leaf = ByteString.CopyFrom(proof.Leaf.Span), Proof = ByteString.CopyFrom(proof.Proof.Span) };
            },
        });

        var (exitCode, output, _) = await ChatAsync(
            gateway, "m", "Go.", "--verify", "--log-key", SampleReceipt.Trust.Logs[0].ToString(), "--output", "json");

        Assert.Equal(1, exitCode);
        var json = JsonDocument.Parse(output).RootElement;
        Assert.Equal(Script.Text, json.GetProperty("answer").GetString());
        Assert.False(json.GetProperty("verified").GetBoolean());
        Assert.Equal(
            ["outcome.prompt", "outcome.answer"],
            json.GetProperty("findings").EnumerateArray().Where(finding => !finding.GetProperty("holds").GetBoolean())
                .Select(finding => finding.GetProperty("check").GetString()));
    }

    [Fact]
    public async Task Chat_OnATerminal_IsAConversationThatOutlivesARefusal()
    {
        var asked = 0;
        await using var gateway = await ScriptedGateway.StartAsync(new Script
        {
            AtStart = _ => Interlocked.Increment(ref asked) == 2 ? throw ScriptedGateway.Refusal(Errors.ResidencyDenied, "Denied.") : Task.CompletedTask,
        });
        var cli = Checkout.Executable("Bailiwick.Cli", "bailiwick.dll");
        // script(1) is a terminal; the end of its input is Ctrl+D.
        var start = new ProcessStartInfo("script", ["-qec", $"dotnet {cli} chat m --server {gateway.Address} --key-file {KeyFile()}", "/dev/null"])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true,
        };
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        using var terminal = Process.Start(start)!;
        await terminal.StandardInput.WriteAsync("One.\nTwo.\nThree.\n".AsMemory(), patience.Token);
        terminal.StandardInput.Close();
        var shown = await terminal.StandardOutput.ReadToEndAsync(patience.Token);
        await terminal.WaitForExitAsync(patience.Token);

        Assert.True(terminal.ExitCode == 1, shown);
        Assert.Contains("Ctrl+D ends it.", shown, StringComparison.Ordinal);
        Assert.Contains("Denied (residency_denied).", shown, StringComparison.Ordinal);
        Assert.Equal(
            ["One.", Script.Text, "Three."], gateway.Script.Chats.Last().Messages.Select(message => message.Content));
    }

    [Theory]
    [InlineData("unauthenticated", 4)]
    [InlineData("clearance", 4)]
    [InlineData("residency_denied", 1)]
    [InlineData("model_not_found", 3)]
    [InlineData("epoch", 5)]
    [InlineData("busy", 5)]
    [InlineData("deadline", 6)]
    [InlineData("cancelled", 130)]
    [InlineData("queue", 1)]
    [InlineData("internal", 1)]
    public void Refusal_OfEachKind_HasItsExitCode(string code, int exitCode) =>
        Assert.Equal(exitCode, ClusterCommand.ExitCode(BailiwickException.Of(
            ScriptedGateway.Refusal(Errors.All.Single(row => row.Code == code), "x"))));

    [Fact]
    public async Task Refusal_ByPolicy_IsToldWithItsRules()
    {
        await using var gateway = await ScriptedGateway.StartAsync(new Script
        {
            AtStart = _ => throw ScriptedGateway.Refusal(Errors.ResidencyDenied, "Denied.", null, ("rules", "QS-1"), ("why", "Not here.")),
        });

        var (exitCode, output, error) = await ChatAsync(gateway, "m", "Go.");

        Assert.Equal((1, ""), (exitCode, output));
        Assert.StartsWith("Denied (residency_denied).\n  Not here.\n  Rules: QS-1.", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verbs_WithoutASite_SayHowToStartOne()
    {
        var (exitCode, _, error) = await RunAsync(NodesVerb.Create(), "--data", _folder.Path);

        Assert.Equal(3, exitCode);
        Assert.Contains("bailiwick up", error, StringComparison.Ordinal);
        Assert.Equal(3, (await RunAsync(UpVerb.Create(), "--data", _folder.Path, "--join")).ExitCode);
        Assert.Equal(3, (await RunAsync(DownVerb.Create(), "--data", _folder.Path)).ExitCode);
    }

    [Fact]
    public async Task Up_InAFolderOfSomethingElse_TouchesNothing()
    {
        File.WriteAllText(_folder.File("letter.txt"), "Dear");

        var (exitCode, _, error) = await RunAsync(UpVerb.Create(), "--data", _folder.Path);

        Assert.Equal(5, exitCode);
        Assert.Contains("holds files, but no site.json", error, StringComparison.Ordinal);
        Assert.Equal(["letter.txt"], Directory.EnumerateFileSystemEntries(_folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Up_OverABrokenSite_SaysWhere()
    {
        File.WriteAllText(_folder.File("site.json"), "{\n \"data\": 1\n}");

        var (exitCode, _, error) = await RunAsync(UpVerb.Create(), "--data", _folder.Path);

        Assert.Equal(5, exitCode);
        Assert.Contains("site.json, line 2", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task KeyFile_ThatIsNotThere_IsAnAuthFailure()
    {
        var (exitCode, _, error) = await RunAsync(
            NodesVerb.Create(), "--server", "http://127.0.0.1:1", "--key-file", _folder.File("none"));

        Assert.Equal(4, exitCode);
        Assert.Contains("There is no key", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("drain", "n2", 0, "z-1/n2 drained")]
    [InlineData("undrain", "z-2/n1", 0, "z-2/n1 back")]
    [InlineData("drain", "n1", 2, "Say which: z-1/n1, z-2/n1.")]
    [InlineData("drain", "n9", 3, "has no node 'n9'; it has n1, n2, n1.")]
    public async Task Nodes_Drained_AreTheOnesMeant(string verb, string name, int exitCode, string told)
    {
        await using var gateway = await ScriptedGateway.StartAsync(new Script { Nodes = [("z-1", "n1"), ("z-1", "n2"), ("z-2", "n1")] });

        var (code, _, error) = await RunAsync(
            NodesVerb.Create(), verb, name, "--server", gateway.Address.ToString(), "--key-file", KeyFile());

        Assert.Equal(exitCode, code);
        Assert.Contains(
            told, gateway.Script.Drains.Select(drain => $"{drain.Zone}/{drain.Node} {(drain.Undo ? "back" : "drained")}").SingleOrDefault() ?? error,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Site_Saved_IsReadBackEqual()
    {
        var paths = new SitePaths(_folder.Path);
        var site = new Site
        {
            Data = paths.Folder, Boundary = "b", Jurisdiction = "j", LogOrigin = "o/log", LogKey = "o/log+01+AQ==", KeyFile = "k", PostgresPort = 1,
            Models = ["m"], Nodes = [new SiteNode("n1", "z", 1, 2, 3, 4)],
        };

        paths.Save(site);

        Assert.Equivalent(site, paths.Load(), strict: true);
        Assert.Equal("http://127.0.0.1:2", paths.Load()!.Gateways.Single().Grpc);
        Assert.Contains("o/log+01+AQ==", File.ReadAllText(paths.File), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("chat")]
    [InlineData("chat", "m", "x", "--temperature", "3")]
    [InlineData("chat", "m", "x", "--seed", "9007199254740992")]
    [InlineData("chat", "m", "x", "--seed", "-1")]
    [InlineData("chat", "m", "x", "--temperature", "hot")]
    [InlineData("chat", "m", "x", "--max-tokens", "0")]
    [InlineData("chat", "m", "x", "--max-tokens", "1.5")]
    [InlineData("models", "try", "m", "x", "--max-tokens", "many")]
    [InlineData("models", "try", "m", "x", "--seed", "-1")]
    [InlineData("models", "import", "m", "--threads", "many")]
    [InlineData("audit", "show", "p", "--index", "last")]
    [InlineData("keys", "api", "create", "x", "--jurisdiction", "j", "--class", "c", "--purpose", "p", "--tenant", "t", "--days", "x")]
    [InlineData("up", "--nodes", "two")]
    [InlineData("up", "--nodes", "0")]
    [InlineData("up", "--threads", "0")]
    [InlineData("nodes", "--output", "xml")]
    [InlineData("nodes", "--data", "")]
    [InlineData("keys", "api", "create", "x")]
    [InlineData("keys", "api", "revoke")]
    public async Task Command_WithWrongArguments_IsWrongUsage(params string[] arguments) =>
        Assert.Equal(2, await Bailiwick.Cli.Program.Main(arguments));

    public void Dispose() => _folder.Dispose();

    private Task<(int ExitCode, string Output, string Error)> ChatAsync(ScriptedGateway gateway, params string[] arguments) =>
        RunAsync(ChatVerb.Create(), [.. arguments, "--server", gateway.Address.ToString(), "--key-file", KeyFile()]);

    private string KeyFile()
    {
        var key = _folder.File("key");
        File.WriteAllText(key, "test-key");
        File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return key;
    }

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(Command command, params string[] arguments)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var exitCode = await command.Parse(arguments).InvokeAsync(new InvocationConfiguration { Output = output, Error = error });
        return (exitCode, output.ToString(), error.ToString());
    }
}
