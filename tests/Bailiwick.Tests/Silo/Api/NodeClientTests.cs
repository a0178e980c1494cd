using System.Diagnostics;
using Bailiwick.Protocol;
using Bailiwick.Protocol.Decoder;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Turns;
using TurnEvent = Bailiwick.Silo.Turns.TurnEvent;

namespace Bailiwick.Tests.Silo.Api;

/// <summary>The scripts of tests/clients against the doors of this build; the same scripts run against a whole cluster.</summary>
[Trait("Category", "GrpcClient")]
public sealed class NodeClientTests : IAsyncLifetime
{
    private DoorHost _host = null!;

    public async Task InitializeAsync()
    {
        _host = await DoorHost.StartAsync();
        _host.Turns.Script = (request, cancellationToken) => Answer(request, cancellationToken);
    }

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task GrpcJs_OverAllItsCases_MeetsWhatIsDocumented() =>
        await RunAsync("grpc.mjs", $"127.0.0.1:{_host.Listen.Grpc}", _host.Keyring.Add("inference"), "tiny");

    [Fact]
    public async Task Buf_LintAndCurlByReflection_AreContent() =>
        await RunAsync("buf.mjs", $"http://127.0.0.1:{_host.Listen.Grpc}", _host.Keyring.Add("inference"), "tiny");

    private static IAsyncEnumerable<TurnEvent> Answer(TurnRequest request, CancellationToken cancellationToken)
    {
        var turns = new ScriptedTurns();
        if (request.Model != "tiny")
        {
            turns.Play(new TurnRefused(new Refusal(Errors.ModelNotFound, "There is no such model.")));
        }
        else if (request.Submit.MaxTokens > 100)
        {
            turns.PlayUntilCancelled();
        }
        else if (request.Submit.Tools is not null)
        {
            turns.Play(
                ScriptedTurns.Started,
                new TurnTokens([Calling("get_weather", ""), Calling("", "{\"city\":\"Berlin\",")]), new TurnTokens([Calling("", "\"days\":3}")]),
                ScriptedTurns.Whole with { Tail = "", ToolCalls = true });
        }
        else
        {
            turns.Play(ScriptedTurns.Started, ScriptedTurns.Tokens("Rain", " falls"), ScriptedTurns.Whole);
        }

        return turns.Script(request, cancellationToken);
    }

    private static DecodedToken Calling(string name, string arguments) => ScriptedTurns.Tokens("").Tokens[0] with
    {
        Calls = [new ToolCallPiece { Name = name, Arguments = arguments }],
    };

    private static async Task RunAsync(params string[] arguments)
    {
        var clients = Path.Combine(Repository.Root, "tests/clients");
        Assert.True(Directory.Exists(Path.Combine(clients, "node_modules/@grpc")), "run `npm ci` in tests/clients");
        var start = new ProcessStartInfo("node", arguments) { WorkingDirectory = clients, RedirectStandardOutput = true, RedirectStandardError = true };
        using var node = Process.Start(start) ?? throw new InvalidOperationException("node did not start");
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        var (output, error) = (node.StandardOutput.ReadToEndAsync(patience.Token), node.StandardError.ReadToEndAsync(patience.Token));
        try
        {
            await node.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            node.Kill(entireProcessTree: true);
            throw new TimeoutException($"{arguments[0]} has not ended in three minutes");
        }

        Assert.True(node.ExitCode == 0, $"{arguments[0]}: {await output}{await error}");
    }
}
