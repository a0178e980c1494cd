using Bailiwick.Evidence;
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
        await foreach (var told in _script.Kept.FollowAsync(_store.Turns[0].Id, TurnScript.Caller, null, CancellationToken.None))
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
        return _script.Kept.FollowAsync(_store.Turns[0].Id, TurnScript.Caller, live: null, CancellationToken.None).GetAsyncEnumerator();
    }

    /// <summary>What others see of a gateway that dies.</summary>
    private void Lose()
    {
        _store.Held.Clear();
        _script.Running.End(_script.Running.Find(_store.Turns[0].Id)!);
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

        await foreach (var told in _script.Kept.FollowAsync(_store.Turns[0].Id, TurnScript.Caller, null, CancellationToken.None))
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
        await AnswerAsync(Ask("one") with { Keep = Keep("one") with { Conversation = null, Store = true } }, "answer");
        _store.Turns[0] = _store.Turns[0] with { State = TurnState.Running, Answer = null };
        _store.Held.Add(_store.Turns[0].Id);
        // Of the turn's own caller, who may go on.
        var reader = TurnScript.Caller with { KeyId = "k-00000000000000ff", Proofs = ["k-00000000000000ff"] };

        var followed = new List<TurnEvent>();
        await foreach (var told in _script.Kept.FollowAsync(_store.Turns[0].Id, reader, LiveAsync(), CancellationToken.None))
        {
            followed.Add(told);
        }

        Assert.Equal(code is null ? "ab" : "a", Told(followed));
        Assert.Equal(code, (followed[^1] as TurnFailed)?.Refusal.Row.Code);

        async IAsyncEnumerable<TurnEvent> LiveAsync()
        {
            yield return new TurnStarted("t-1", "small", new string('a', 64), 7, 3, DateTimeOffset.UnixEpoch);
            yield return new TurnTokens(TurnScript.Tokens(1, "a").Tokens);
            await Task.Yield();
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

            yield return new TurnTokens(TurnScript.Tokens(2, "b").Tokens);
        }
    }
}
