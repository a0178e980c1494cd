using System.Runtime.CompilerServices;
using Bailiwick.Protocol;
using Bailiwick.Silo.Api.Responses;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Turns;
using Bailiwick.Tests.Silo.Api;
using Bailiwick.Tests.Silo.Turns;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bailiwick.Tests.Silo.Responses;

/// <summary>Turns without a client: how one begins, how many there are, and that all end with their gateway.</summary>
public sealed class BackgroundTurnsTests : IAsyncDisposable
{
    private readonly RunningTurns _running = new(TimeProvider.System);
    private readonly BackgroundTurns _turns;

    public BackgroundTurnsTests() => _turns = new BackgroundTurns(_running, NullLogger<BackgroundTurns>.Instance);

    public async ValueTask DisposeAsync() => await _turns.DisposeAsync();

    [Fact]
    public async Task Turn_ThatBegins_SaysSoAtOnceAndRunsToItsEnd()
    {
        var (goOn, ended) = (new TaskCompletionSource(), new TaskCompletionSource());

        Assert.Same(ScriptedTurns.Started, await _turns.StartAsync("resp_1", TurnScript.Caller, _ => TellAsync(), CancellationToken.None));

        goOn.SetResult();
        await ended.Task;

        async IAsyncEnumerable<TurnEvent> TellAsync()
        {
            yield return ScriptedTurns.Started;
            await goOn.Task;
            yield return ScriptedTurns.Whole;
            ended.SetResult();
        }
    }

    [Fact]
    public async Task Turn_ThatIsRefusedOrBreaksBeforeItBegins_SaysSo()
    {
        var refused = new TurnRefused(new Refusal(Errors.Queue, "The queue is full."));

        Assert.Same(refused, await _turns.StartAsync("resp_1", TurnScript.Caller, _ => new TurnEvent[] { refused }.ToAsyncEnumerable(), CancellationToken.None));
        Assert.Null(await _turns.StartAsync("resp_2", TurnScript.Caller, _ => throw new InvalidOperationException("a bug"), CancellationToken.None));
    }

    [Fact]
    public async Task Turn_ThatRunsAlready_RunsOnce()
    {
        var begun = 0;
        IAsyncEnumerable<TurnEvent> Run(CancellationToken stopping)
        {
            begun++;
            return HangAsync(stopping);
        }

        var first = await _turns.StartAsync("resp_1", TurnScript.Caller, Run, CancellationToken.None);

        Assert.Same(first, await _turns.StartAsync("resp_1", TurnScript.Caller, Run, CancellationToken.None));
        Assert.Equal(1, begun);
    }

    [Fact]
    public async Task Tenant_WithAllItsTurnsInTheBackground_LeavesRoomForOthers()
    {
        var (first, second) = (TurnScript.Caller, TurnScript.Caller with { Label = TurnScript.Caller.Label with { Tenant = "another" } });
        for (var number = 0; number < BackgroundTurns.MostOfATenant; number++)
        {
            Assert.IsType<TurnStarted>(await _turns.StartAsync($"resp_{number}", first, HangAsync, CancellationToken.None));
        }

        Assert.Same(BackgroundTurns.Full, Assert.IsType<TurnRefused>(await _turns.StartAsync("resp_one-too-many", first, HangAsync, CancellationToken.None)).Refusal);
        Assert.IsType<TurnStarted>(await _turns.StartAsync("resp_of-another", second, HangAsync, CancellationToken.None));
    }

    [Fact]
    public async Task Turns_OfAGatewayThatLeaves_EndAndNoneBegins()
    {
        var ended = new TaskCompletionSource();
        await _turns.StartAsync("resp_1", TurnScript.Caller, TellAsync, CancellationToken.None);

        await _running.LeaveAsync(CancellationToken.None);

        await ended.Task;
        Assert.Same(BackgroundTurns.Full, Assert.IsType<TurnRefused>(await _turns.StartAsync("resp_2", TurnScript.Caller, HangAsync, CancellationToken.None)).Refusal);

        async IAsyncEnumerable<TurnEvent> TellAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            yield return ScriptedTurns.Started;
            cancellationToken.Register(ended.SetResult);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        }
    }

    private static async IAsyncEnumerable<TurnEvent> HangAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return ScriptedTurns.Started;
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
    }
}
