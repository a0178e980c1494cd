using System.Runtime.CompilerServices;
using Bailiwick.Protocol;
using Bailiwick.Silo.Api.Responses;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Turns;
using Bailiwick.Tests.Silo.Api;
using Bailiwick.Tests.Silo.Turns;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bailiwick.Tests.Silo.Responses;

/// <summary>What readers of a turn without a client get, however far behind they are.</summary>
public sealed class BackgroundTurnTests
{
    private static readonly TurnFailed Failed = new(new Refusal(Errors.Cancelled, "The turn was removed."), null);

    [Fact]
    public async Task Reader_BehindAWholeTurn_GetsAllOfIt()
    {
        var turn = await RanAsync(ScriptedTurns.Whole);

        Assert.Equal(4, (await turn.FollowAsync(CancellationToken.None).ToListAsync()).Count);
    }

    [Fact]
    public async Task Reader_BehindATurnThatFailed_GetsNoPieceOfItAnyMore()
    {
        var turn = new BackgroundTurn();
        var goOn = new TaskCompletionSource();
        var running = turn.RunAsync(TellAsync(), CancellationToken.None);
        await using var reader = turn.FollowAsync(CancellationToken.None).GetAsyncEnumerator();
        Assert.True(await reader.MoveNextAsync());
        Assert.IsType<TurnStarted>(reader.Current);
        goOn.SetResult();
        await running;

        Assert.True(await reader.MoveNextAsync());
        Assert.Same(Failed, reader.Current);
        Assert.False(await reader.MoveNextAsync());

        async IAsyncEnumerable<TurnEvent> TellAsync()
        {
            yield return ScriptedTurns.Started;
            yield return ScriptedTurns.Tokens("what was erased");
            await goOn.Task;
            yield return Failed;
        }
    }

    [Fact]
    public async Task Reader_ThatComesAfterTheFailure_IsRefused()
    {
        var turn = await RanAsync(Failed);

        Assert.Equal(Errors.Cancelled, Assert.IsType<TurnRefused>(Assert.Single(await turn.FollowAsync(CancellationToken.None).ToListAsync())).Refusal.Row);
    }

    [Fact]
    public async Task Tenant_WithAllItsTurnsInTheBackground_LeavesRoomForOthers()
    {
        await using var turns = new BackgroundTurns(NullLogger<BackgroundTurns>.Instance);
        var (first, second) = (TurnScript.Caller, TurnScript.Caller with { Label = TurnScript.Caller.Label with { Tenant = "another" } });

        Assert.All(Enumerable.Range(0, BackgroundTurns.MostOfATenant), number => Assert.NotNull(turns.Start($"resp_{number}", first, HangAsync)));

        Assert.Null(turns.Start("resp_one-too-many", first, HangAsync));
        Assert.NotNull(turns.Start("resp_of-another", second, HangAsync));
    }

    private static async IAsyncEnumerable<TurnEvent> HangAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return ScriptedTurns.Started;
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
    }

    private static async Task<BackgroundTurn> RanAsync(TurnEvent last)
    {
        var turn = new BackgroundTurn();
        await turn.RunAsync(
            new[] { ScriptedTurns.Started, ScriptedTurns.Tokens("a"), ScriptedTurns.Tokens("b"), last }.ToAsyncEnumerable(), CancellationToken.None);
        return turn;
    }
}
