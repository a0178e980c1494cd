using Bailiwick.Evidence;
using Bailiwick.Protocol;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Sessions;
using Bailiwick.Silo.Turns;
using TurnEvent = Bailiwick.Silo.Turns.TurnEvent;

namespace Bailiwick.Tests.Silo.Turns;

/// <summary>And those who follow them: where they run, when they are lost, and while they may.</summary>
public sealed partial class KeptTurnTests
{
    [Fact]
    public async Task Follower_OfALostTurn_GetsItsEventsAgain()
    {
        var first = await AnswerAsync(Ask("one", "key"), "an", "swer");
        _store.Turns[0] = _store.Turns[0] with { State = TurnState.Running, Answer = null };
        _script.Then(TurnScript.Started(), TurnScript.Tokens(1, "an", "swer"), TurnScript.Stop(2));

        var followed = new List<TurnEvent>();
        await foreach (var told in _script.Kept.FollowAsync(_store.Turns[0].Id, TurnScript.Caller, CancellationToken.None))
        {
            followed.Add(told);
        }

        Assert.Equal(Told(first), Told(followed));
        Assert.Equal(2, _script.Runs.Count);
    }

    [Fact]
    public async Task Follower_OfARunningTurn_HearsEachTokenWhenItComesAndTheEndOnce()
    {
        await using var turn = Running("a", "b");
        await using var follower = await FollowAsync(turn);

        Assert.IsType<TurnStarted>(await NextAsync(follower));
        Assert.IsType<TurnTokens>(await NextAsync(turn));
        Assert.Equal("a", Told([await NextAsync(follower)]));
        Assert.IsType<TurnTokens>(await NextAsync(turn));
        Assert.Equal("b", Told([await NextAsync(follower)]));
        var ended = Assert.IsType<TurnEnded>(await NextAsync(turn));
        Assert.Equal(ended.Receipt, Assert.IsType<TurnEnded>(await NextAsync(follower)).Receipt);
        Assert.Single(_script.Runs);
    }

    [Fact]
    public async Task Follower_WhoseGatewayIsLostInTheMiddle_GetsTheRestOnce()
    {
        await using var turn = Running("a", "b");
        await using var follower = await FollowAsync(turn);
        await NextAsync(turn);
        Assert.IsType<TurnStarted>(await NextAsync(follower));
        Assert.Equal("a", Told([await NextAsync(follower)]));

        Lose();
        _script.Then(TurnScript.Started(), TurnScript.Tokens(1, "a", "b"), TurnScript.Stop(2));

        Assert.Equal("b", Told([await NextAsync(follower)]));
        Assert.IsType<TurnEnded>(await NextAsync(follower));
        Assert.Equal(2, _script.Runs.Count);
    }

    [Fact]
    public async Task Follower_WhoHasSomeOfIt_HearsOfACancelledTurnAsABrokenOne()
    {
        await using var turn = Running("a", "b");
        await using var follower = await FollowAsync(turn);
        Assert.IsType<TurnStarted>(await NextAsync(follower));

        Lose();
        _store.Turns[0] = _store.Turns[0] with { State = TurnState.Cancelled };

        Assert.Equal("cancelled", Assert.IsType<TurnFailed>(await NextAsync(follower)).Refusal.Row.Code);
    }

    [Fact]
    public async Task Follower_WhilePolicyIsAwayAfterALoss_WaitsAndThenHearsWhy()
    {
        await using var turn = Running("a", "b");
        await using var follower = await FollowAsync(turn);
        Assert.IsType<TurnStarted>(await NextAsync(follower));

        Lose();
        _script.SetPolicy(null);
        var next = NextAsync(follower);
        await _script.Time.PassAsync(next, TimeSpan.FromSeconds(1));

        Assert.Equal("policy_stale", Assert.IsType<TurnFailed>(await next).Refusal.Row.Code);
    }

    [Fact]
    public async Task Turn_WhoseGatewayLeavesInTheMiddle_IsLeftToWhoeverAsks()
    {
        _script.Then(TurnScript.Started(), TurnScript.Tokens(1, "a"), TurnScript.Tokens(2, "b"), TurnScript.Stop(2));
        using var background = new CancellationTokenSource();
        await using var turn = _script.RunAsync(Ask("one"), background.Token).GetAsyncEnumerator();
        Assert.IsType<TurnStarted>(await NextAsync(turn));
        Assert.IsType<TurnTokens>(await NextAsync(turn));

        var leaving = _script.Running.LeaveAsync(CancellationToken.None);
        // At once, unlike the token of those who leave, whose callbacks are the pool's.
        background.Cancel();
        Assert.IsType<TurnFailed>(await NextAsync(turn));
        Assert.False(leaving.IsCompleted);
        Assert.False(await turn.MoveNextAsync());
        await leaving;

        Assert.Equal(TurnState.Running, _store.Turns[0].State);
        Assert.Equal(Finish.Cancelled, Assert.IsType<OutcomeLeaf>(_script.Leaves[^1]).Finish);
        _script.Then(TurnScript.Started(), TurnScript.Tokens(1, "a", "b"), TurnScript.Stop(2));
        var told = await _script.Kept.FollowAsync(_store.Turns[0].Id, TurnScript.Caller, CancellationToken.None).ToListAsync();
        Assert.Equal("ab", Told(told));
    }

    /// <summary>A turn whose gateway is here.</summary>
    private IAsyncEnumerator<TurnEvent> Running(params string[] tokens)
    {
        var frames = tokens.Select((token, index) => TurnScript.Tokens(index + 1, token));
        _script.Then([TurnScript.Started(), .. frames, TurnScript.Stop(tokens.Length)]);
        return _script.RunAsync(Ask("one"), CancellationToken.None).GetAsyncEnumerator();
    }

    /// <summary>Somebody who follows it once it has begun.</summary>
    private async Task<IAsyncEnumerator<TurnEvent>> FollowAsync(IAsyncEnumerator<TurnEvent> turn)
    {
        Assert.IsType<TurnStarted>(await NextAsync(turn));
        _store.Held.Add(_store.Turns[0].Id);
        return _script.Kept.FollowAsync(_store.Turns[0].Id, TurnScript.Caller, CancellationToken.None).GetAsyncEnumerator();
    }

    /// <summary>What others see of a gateway that dies.</summary>
    private void Lose()
    {
        _store.Held.Clear();
        _script.Running.End(_script.Running.Find(_store.Turns[0].Id)!, null);
    }

    private static async Task<TurnEvent> NextAsync(IAsyncEnumerator<TurnEvent> events)
    {
        Assert.True(await events.MoveNextAsync());
        return events.Current;
    }

    [Fact]
    public async Task Follower_BelowALostTurn_HasItRunUnderItsOwnLabel()
    {
        await AnswerAsync(Ask("one") with { Keep = Keep("one") with { Conversation = null, Store = true } }, "answer");
        _store.Turns[0] = _store.Turns[0] with { State = TurnState.Running, Answer = null, Label = Label("de/internal") };
        _script.Then(TurnScript.Started(), TurnScript.Tokens(1, "answer"), TurnScript.Stop(1));

        await foreach (var told in _script.Kept.FollowAsync(_store.Turns[0].Id, TurnScript.Caller, CancellationToken.None))
        {
            Assert.IsNotType<TurnRefused>(told);
        }

        var intent = _script.Leaves.OfType<IntentLeaf>().Last();
        Assert.Equal(("internal", "public"), (intent.Label.Class, intent.CredentialLabel?.Class));
        Assert.Equal(Label("de/internal"), _store.Turns[0].Label);
    }

    [Theory]
    [InlineData("revoked", "unauthenticated")]
    [InlineData("policy", "residency_denied")]
    [InlineData("stale", "policy_stale")]
    [InlineData("another policy", null)]
    public async Task Follower_WhoMayNoLongerRead_GetsNoFurtherEventOfALiveTurn(string what, string? code)
    {
        var turn = await HeldAsync();
        // Of the turn's own caller, who may go on.
        var reader = TurnScript.Caller with { KeyId = "k-00000000000000ff", Proofs = ["k-00000000000000ff"] };
        await using var follower = _script.Kept.FollowAsync(turn.Id, reader, CancellationToken.None).GetAsyncEnumerator();
        Assert.IsType<TurnStarted>(await NextAsync(follower));

        switch (what)
        {
            case "revoked":
                _script.Revoked.Add(reader.KeyId);
                break;
            case "stale":
                _script.SetPolicy(null);
                break;
            default:
                var next = Storing.Replace("epoch: 1", "epoch: 2", StringComparison.Ordinal);
                _script.SetPolicy(what == "policy" ? next.Replace("kind: [silo, caller,", "kind: [silo,", StringComparison.Ordinal) : next);
                break;
        }

        turn.Add(TurnScript.Tokens(1, "a").Tokens);
        var told = await NextAsync(follower);

        Assert.Equal(code is null ? "a" : "", Told([told]));
        Assert.Equal(code, (told as TurnFailed)?.Refusal.Row.Code);
    }

    [Fact]
    public async Task Follower_BehindATurnThatFailed_HearsWhyAndGetsNoPieceOfItAnyMore()
    {
        var turn = await HeldAsync();
        await using var follower = Follow();
        Assert.IsType<TurnStarted>(await NextAsync(follower));
        var failed = new TurnFailed(new Refusal(Errors.Deadline, "The time is over."), null);

        turn.Add(TurnScript.Tokens(1, "what may have been erased").Tokens);
        _script.Running.End(turn, failed);

        Assert.Same(failed, await NextAsync(follower));
        Assert.False(await follower.MoveNextAsync());
    }

    [Fact]
    public async Task Follower_OfATurnThatFailsBeforeItBegins_IsRefusedInItsCallersWords()
    {
        var turn = await HeldAsync(isStarted: false);
        await using var follower = Follow();
        var next = NextAsync(follower);

        _script.Running.End(turn, new TurnFailed(new Refusal(Errors.Deadline, "The time is over."), null));

        Assert.Equal("The time is over.", Assert.IsType<TurnRefused>(await next).Refusal.Sentence);
    }

    [Fact]
    public async Task Follower_OfATurnThatItsDecoderEnds_HearsWhatItsCallerHears()
    {
        _script.Then(TurnScript.Started(), TurnScript.Tokens(1, "a"), TurnScript.Refused("deadline", "The time is over."));
        await using var turn = _script.RunAsync(Ask("one"), CancellationToken.None).GetAsyncEnumerator();
        await using var follower = await FollowAsync(turn);
        Assert.IsType<TurnStarted>(await NextAsync(follower));
        await NextAsync(turn);
        Assert.Equal("a", Told([await NextAsync(follower)]));

        var failed = Assert.IsType<TurnFailed>(await NextAsync(turn));

        Assert.NotNull(failed.Receipt);
        Assert.Same(failed, await NextAsync(follower));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Follower_OfATurnThatAnotherGatewayTookOver_GetsTheRestOfThatOne(bool isToldInTime)
    {
        var answered = await AnswerAsync(Ask("one") with { Keep = Keep("one") with { Conversation = null, Store = true } }, "a", "b");
        var kept = _store.Turns[0];
        _store.Turns.Clear();
        await using var turn = Running("a", "b");
        await using var follower = await FollowAsync(turn);
        await NextAsync(turn);
        Assert.IsType<TurnStarted>(await NextAsync(follower));
        Assert.Equal("a", Told([await NextAsync(follower)]));

        _store.Ends = SessionRefusals.Lost;
        if (isToldInTime)
        {
            await _store.Lost.CancelAsync();
        }

        TurnEvent last;
        do
        {
            last = await NextAsync(turn);
        }
        while (last is TurnTokens);
        Assert.Equal("cancelled", Assert.IsType<TurnFailed>(last).Refusal.Row.Code);
        _store.Turns[0] = _store.Turns[0] with { State = TurnState.Completed, Answer = kept.Answer };

        Assert.Equal("b", Told([await NextAsync(follower)]));
        Assert.Equal(((TurnEnded)answered[^1]).Receipt, Assert.IsType<TurnEnded>(await NextAsync(follower)).Receipt);
    }

    /// <summary>A turn that this gateway runs, as its own end sees it.</summary>
    private async Task<RunningTurn> HeldAsync(bool isStarted = true)
    {
        await AnswerAsync(Ask("one") with { Keep = Keep("one") with { Conversation = null, Store = true } }, "answer");
        _store.Turns[0] = _store.Turns[0] with { State = TurnState.Running, Answer = null };
        _store.Held.Add(_store.Turns[0].Id);
        var turn = _script.Running.Begin(_store.Turns[0].Id, TurnScript.Caller.Label);
        if (isStarted)
        {
            turn.Start(new TurnStarted("t-1", "small", new string('a', 64), 7, 3, DateTimeOffset.UnixEpoch));
        }

        return turn;
    }

    private IAsyncEnumerator<TurnEvent> Follow() =>
        _script.Kept.FollowAsync(_store.Turns[0].Id, TurnScript.Caller, CancellationToken.None).GetAsyncEnumerator();
}
