using System.Runtime.CompilerServices;
using Bailiwick.EndToEnd.Tests.Failover;
using Bailiwick.Models.Import;
using Bailiwick.Protocol;
using Bailiwick.Protocol.Decoder;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Turns;
using Microsoft.Extensions.Logging.Abstractions;
using TurnEvent = Bailiwick.Silo.Turns.TurnEvent;

namespace Bailiwick.EndToEnd.Tests.OpenAi;

/// <summary>Turns by one real decoder with the default model, without cluster and records: what the door makes of real tokens.</summary>
internal sealed class DecoderTurns(DecoderLink link) : ITurns, ITextCalls, IAsyncDisposable
{
    private int _turns;

    /// <summary>The token of a turn, from 1, before which the decoder is killed; null = never. Turns count from 1.</summary>
    public Func<int, int?> KillBefore { get; init; } = _ => null;

    /// <summary>Decoders that were lost so far.</summary>
    public int Losses => link.State.Losses;

    public static async Task<DecoderTurns> StartAsync(CancellationToken cancellationToken, Func<int, int?>? killBefore = null)
    {
        var request = new ImportRequest(
            Path.Combine(Checkout.Root, "models", "smollm2-135m-instruct"), CommandLine.Store, new ImportOptions());
        var build = await ModelImporter.ImportAsync(request, new Unwatched(), (_, _) => Task.CompletedTask, cancellationToken);
        var options = new DecoderLinkOptions { Load = new Load { ModelDirectory = build.Folder, Threads = 1 }, HangTimeout = TimeSpan.FromSeconds(30), MaxRestarts = 1000, RestartDelay = TimeSpan.Zero, MaxRestartDelay = TimeSpan.Zero };
        var link = await DecoderLink.StartAsync(options, TimeProvider.System, NullLogger.Instance, cancellationToken);
        Assert.True(link.State.Phase == DecoderPhase.Ready, link.State.Loss?.Problem.Sentence);
        return new DecoderTurns(link) { KillBefore = killBefore ?? (_ => null) };
    }

    public async IAsyncEnumerable<TurnEvent> RunAsync(
        TurnRequest request, Caller caller, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (Unknown(request.Model) is { } refusal)
        {
            yield return new TurnRefused(refusal);
            yield break;
        }

        var submit = request.Submit.Clone();
        var number = Interlocked.Increment(ref _turns);
        submit.Turn = $"t-{number}";
        var tokens = 0;
        await foreach (var next in link.RunAsync(submit, cancellationToken))
        {
            switch (next.Kind)
            {
                case TurnEventKind.Started:
                    yield return new TurnStarted(
                        submit.Turn, ScriptedTurns.Model, ScriptedTurns.Build, (long)submit.Sampling.Seed, next.Started!.PromptTokens, DateTimeOffset.UnixEpoch);
                    break;
                case TurnEventKind.Token:
                    if (KillBefore(number) == ++tokens)
                    {
                        Assert.True(Signals.Send(link.State.Hello!.Pid, Signals.Kill), $"no decoder to kill: {link.State.Phase}");
                    }

                    yield return new TurnTokens([next.Token]);
                    break;
                case TurnEventKind.Finished:
                    yield return Last(submit.Turn, next.Finished!);
                    break;
            }
        }
    }

    public async Task<(TextReply? Reply, Refusal? Refusal)> RunAsync(TextRequest request, Caller caller, CancellationToken cancellationToken)
    {
        if (Unknown(request.Model) is { } refusal)
        {
            return (null, refusal);
        }

        var reply = await link.CallAsync(request.Call, cancellationToken);
        return reply.Problem is { } problem ? (null, Refusal.Of(problem.Code, problem.Sentence)) : (reply, null);
    }

    public ValueTask DisposeAsync() => link.DisposeAsync();

    private static Refusal? Unknown(string model) => model.Split('@')[0] == ScriptedTurns.Model
        ? null
        : new Refusal(Errors.ModelNotFound, "This cluster serves no model of this name.");

    private static TurnEvent Last(string turn, Finished finished) => finished.Reason switch
    {
        Finished.Types.Reason.Stop or Finished.Types.Reason.Length or Finished.Types.Reason.ToolCalls => new TurnEnded(
            finished.Reason == Finished.Types.Reason.Length, finished.Tail, finished.Stop, finished.PromptTokens, finished.AnswerTokens,
            ScriptedTurns.Receipt with { Turn = turn })
        {
            ToolCalls = finished.Reason == Finished.Types.Reason.ToolCalls,
            Calls = finished.Call,
        },
        Finished.Types.Reason.Refused => new TurnRefused(Refusal.Of(finished.Problem.Code, finished.Problem.Sentence)),
        _ => new TurnFailed(new Refusal(Errors.Cancelled, $"The turn ended as {finished.Reason}."), null),
    };

    private sealed class Unwatched : IProgress<ImportProgress>
    {
        public void Report(ImportProgress value)
        {
            // Nobody watches a test's import.
        }
    }
}
