using System.Text;
using Bailiwick.Evidence;
using Bailiwick.Protocol.Decoder;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Silo.Shards;
using Bailiwick.Silo.Turns;
using TurnEvent = Bailiwick.Silo.Turns.TurnEvent;

namespace Bailiwick.Tests.Silo.Turns;

/// <summary>The life of a request, with a scripted cluster around it.</summary>
public sealed class TurnTests
{
    private readonly TurnScript _script = new();

    [Fact]
    public async Task Answer_Whole_HasOneIntentAndOneOutcomeThatItsReceiptOpens()
    {
        _script.Then(TurnScript.Started(), TurnScript.Tokens(7, "Hel", "lo"), TurnScript.Stop(2, " there"));

        var events = await _script.RunAsync(TurnScript.Request());

        Assert.Collection(
            events,
            started => Assert.Equal(("small", 3, 42L), (Of<TurnStarted>(started).Model, Of<TurnStarted>(started).PromptTokens, Of<TurnStarted>(started).Seed)),
            tokens => Assert.Equal("Hello", Text(tokens)),
            ended => Assert.Equal((" there", 2), (Of<TurnEnded>(ended).Tail, Of<TurnEnded>(ended).AnswerTokens)));
        var receipt = Of<TurnEnded>(events[^1]).Receipt!;
        var (intent, outcome) = (Of<IntentLeaf>(_script.Leaves[0]), Of<OutcomeLeaf>(_script.Leaves[1]));
        Assert.Equal(2, _script.Leaves.Count);
        Assert.Equal((Hash(intent), Hash(outcome)), (receipt.Intent, receipt.Outcome));
        Assert.Equal(Hash(intent), outcome.Intent.ToHex());
        Assert.True(Commitment.Opens(outcome.Prompt!.Value, Convert.FromHexString(receipt.PromptSalt), TurnScript.Prompt));
        Assert.True(Commitment.Opens(outcome.Answer!.Value, Convert.FromHexString(receipt.AnswerSalt), Encoding.UTF8.GetBytes("Hello there")));
        Assert.Equal((Finish.Stop, new CountsPart(3, 0, 2)), (outcome.Finish, outcome.Counts));
        Assert.Equal(["R-1"], intent.Decision.Rules);
        Assert.Equal("vendor-6/85-avx512", intent.Executor.CpuClass);
    }

    [Fact]
    public async Task Answer_WithCalls_IsCommittedToWithThemAndEndsAsOne()
    {
        var held = new Finished { Reason = Finished.Types.Reason.ToolCalls, PromptTokens = 3, AnswerTokens = 2, Call = { new ToolCallPiece { Index = 1, Arguments = "}" } } };
        _script.Then(
            TurnScript.Started(),
            ShardFrame.Of(
            [
                Token(7, "Well", new ToolCallPiece { Name = "f" }, new ToolCallPiece { Arguments = "{}" }),
                Token(8, "", new ToolCallPiece { Index = 1, Name = "g", Arguments = "{" }),
            ]),
            ShardFrame.Of(held));

        var events = await _script.RunAsync(TurnScript.Request());

        var ended = Of<TurnEnded>(events[^1]);
        Assert.Equal((true, false, "}"), (ended.ToolCalls, ended.Length, Assert.Single(ended.Calls).Arguments));
        var outcome = Of<OutcomeLeaf>(_script.Leaves[1]);
        Assert.Equal(Finish.ToolCalls, outcome.Finish);
        Assert.True(Commitment.Opens(
            outcome.Answer!.Value, Convert.FromHexString(ended.Receipt.AnswerSalt),
            Encoding.UTF8.GetBytes("""Well[{"arguments":"{}","name":"f"},{"arguments":"{}","name":"g"}]""")));
        var turn = Of<TurnStarted>(events[0]).Turn;
        Assert.Equal($"call_{turn[2..]}_1", CallId.Of(turn, 1));

        static DecodedToken Token(int id, string text, params ToolCallPiece[] calls) =>
            new(id, text, 0, [], Google.Protobuf.ByteString.Empty, false) { Calls = calls };
    }

    [Fact]
    public async Task FirstToken_WhileTheIntentIsNotDurable_DoesNotLeave()
    {
        var database = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _script.Database = database.Task;
        _script.Then(TurnScript.Started(), TurnScript.Tokens(7, "a"), TurnScript.Stop(1));
        await using var events = _script.RunAsync(TurnScript.Request(), CancellationToken.None).GetAsyncEnumerator(CancellationToken.None);

        var first = events.MoveNextAsync().AsTask();
        await Task.Yield();
        Assert.False(first.IsCompleted);
        Assert.Empty(_script.Leaves);
        database.SetResult();

        Assert.True(await first);
        Of<TurnStarted>(events.Current);
        Of<IntentLeaf>(_script.Leaves.Single());
    }

    [Fact]
    public async Task Replica_LostInMidStream_IsReplacedAndTheMoveIsRecordedBeforeTheNextToken()
    {
        _script
            .Then(TurnScript.Started(), TurnScript.Tokens(7, "a", "b"), ShardFrame.Lost(ShardLoss.MissedHeartbeats))
            .Then(TurnScript.Started(), TurnScript.Tokens(9, "c"), TurnScript.Stop(3));
        var (arrived, database) = (NewSignal(), NewSignal());
        _script.Before = frame =>
        {
            if (_script.Runs.Count == 2 && frame.Started is not null)
            {
                _script.Database = database.Task;
            }
            else if (frame.Tokens is [{ Id: 9 }])
            {
                arrived.SetResult();
            }
        };
        List<TurnEvent> events = [];
        var running = ReadAsync(events);
        await arrived.Task;
        database.SetResult();
        var records = await running;

        // Intent and move were durable when the token left.
        Assert.Equal(2, records[events.FindIndex(happened => happened is TurnTokens { Tokens: [{ Id: 9 }] })]);
        Assert.Equal("abc", string.Concat(events.OfType<TurnTokens>().Select(Text)));
        Assert.Single(events.OfType<TurnStarted>());
        Assert.Equal([[], [7, 8]], _script.Runs.Select(run => run.Emitted));
        Assert.NotEqual(_script.Runs[0].Node, _script.Runs[1].Node);
        Assert.Collection(
            _script.Leaves,
            intent => Of<IntentLeaf>(intent),
            moved => Assert.Equal((2, MoveCause.MissedHeartbeats, _script.Runs[1].Node), (Of<MovedLeaf>(moved).ResumedAt, Of<MovedLeaf>(moved).Cause, Of<MovedLeaf>(moved).Executor.Node)),
            outcome => Assert.Equal(3, Of<OutcomeLeaf>(outcome).Counts!.Completion));
    }

    [Fact]
    public async Task Replica_LostBeforeItStarted_IsReplacedWithoutARecordOfIt()
    {
        _script
            .Then(ShardFrame.Lost(ShardLoss.Reset))
            .Then(TurnScript.Started(), TurnScript.Tokens(7, "a"), TurnScript.Stop(1));

        await _script.RunAsync(TurnScript.Request());

        Assert.Equal([LeafKind.Intent, LeafKind.Outcome], _script.Leaves.Select(leaf => leaf.Kind));
        Assert.Equal(_script.Runs[1].Node, Of<IntentLeaf>(_script.Leaves[0]).Executor.Node);
    }

    [Fact]
    public async Task Replica_LostAndTheOnlyOne_IsAskedAgainAfterAWhile()
    {
        _script.Current = new([TurnScript.Model("n1")]);
        _script
            .Then(TurnScript.Started(), TurnScript.Tokens(7, "a"), ShardFrame.Lost(ShardLoss.MissedHeartbeats))
            .Then(TurnScript.Started(), TurnScript.Tokens(8, "b"), TurnScript.Stop(2));
        var began = _script.Time.GetUtcNow();
        var running = _script.RunAsync(TurnScript.Request());
        await _script.Time.PassAsync(running, TimeSpan.FromMilliseconds(50));

        Assert.Equal("ab", string.Concat((await running).OfType<TurnTokens>().Select(Text)));
        Assert.Equal([[], [7]], _script.Runs.Select(run => run.Emitted));
        Assert.True(_script.Time.GetUtcNow() - began >= TimeSpan.FromMilliseconds(200));
    }

    [Fact]
    public async Task Replicas_LostOneAfterTheOther_EndTheTurnWithItsOutcome()
    {
        _script.Current = new([TurnScript.Model([.. Enumerable.Range(1, 9).Select(n => $"n{n}")])]);
        for (var i = 0; i < 6; i++)
        {
            _script.Then(TurnScript.Started(), TurnScript.Tokens(7 + i, "x"), ShardFrame.Lost(ShardLoss.DeclaredDead));
        }

        var events = await _script.RunAsync(TurnScript.Request());

        var failed = Of<TurnFailed>(events[^1]);
        Assert.Equal("no_replica", failed.Refusal.Row.Code);
        Assert.NotNull(failed.Receipt);
        Assert.Equal(6, _script.Runs.Count);
        Assert.Equal((Finish.Error, 6), (Of<OutcomeLeaf>(_script.Leaves[^1]).Finish, Of<OutcomeLeaf>(_script.Leaves[^1]).Counts!.Completion));
    }

    [Fact]
    public async Task Caller_WhoLeavesInMidStream_LeavesAnOutcome()
    {
        _script.Then(TurnScript.Started(), TurnScript.Tokens(7, "a"), TurnScript.Tokens(8, "b"), TurnScript.Stop(2));

        await foreach (var happened in _script.RunAsync(TurnScript.Request(), CancellationToken.None))
        {
            if (happened is TurnTokens)
            {
                break;
            }
        }

        var outcome = Of<OutcomeLeaf>(_script.Leaves[^1]);
        Assert.Equal((Finish.Cancelled, 1), (outcome.Finish, outcome.Counts!.Completion));
        Assert.Single(_script.Leaves.OfType<OutcomeLeaf>());
    }

    [Fact]
    public async Task Caller_WhoCancels_GetsCancelledAndOneOutcome()
    {
        using var leaving = new CancellationTokenSource();
        _script.Then(TurnScript.Started(), TurnScript.Tokens(7, "a"), TurnScript.Tokens(8, "b"), TurnScript.Stop(2));
        TurnEvent? last = null;

        await foreach (var happened in _script.RunAsync(TurnScript.Request(), leaving.Token))
        {
            last = happened;
            if (happened is TurnTokens)
            {
                await leaving.CancelAsync();
            }
        }

        Assert.Equal("cancelled", Of<TurnFailed>(last!).Refusal.Row.Code);
        Assert.Equal(Finish.Cancelled, _script.Leaves.OfType<OutcomeLeaf>().Single().Finish);
    }

    [Fact]
    public async Task Database_AwayFromTheStart_RefusesBeforeAnyShardIsAsked()
    {
        _script.IsAvailable = false;

        var refused = Of<TurnRefused>((await _script.RunAsync(TurnScript.Request())).Single());

        Assert.Equal("audit_unavailable", refused.Refusal.Row.Code);
        Assert.Empty(_script.Runs);
    }

    [Fact]
    public async Task Database_AwayAtTheIntent_LetsNoTokenLeave()
    {
        _script.Then(TurnScript.Started(), TurnScript.Tokens(7, "a"), TurnScript.Stop(1));
        _script.Before = _ => _script.IsAvailable = false;

        var refused = Of<TurnRefused>((await _script.RunAsync(TurnScript.Request())).Single());

        Assert.Equal("audit_unavailable", refused.Refusal.Row.Code);
        Assert.Empty(_script.Leaves);
    }

    [Fact]
    public async Task Tokens_OfAShardThatNeverSaidStarted_DoNotLeave()
    {
        _script.Then(TurnScript.Tokens(7, "a"), TurnScript.Stop(1));

        Assert.Equal("audit_unavailable", Of<TurnRefused>((await _script.RunAsync(TurnScript.Request())).Single()).Refusal.Row.Code);
    }

    [Fact]
    public async Task Decoder_ThatRefuses_GivesItsRowAndNoRecord()
    {
        _script.Then(TurnScript.Refused("invalid", "The prompt has 5000 tokens, the context 2048."));

        var refused = Of<TurnRefused>((await _script.RunAsync(TurnScript.Request())).Single());

        Assert.Equal(("invalid", "The prompt has 5000 tokens, the context 2048."), (refused.Refusal.Row.Code, refused.Refusal.Sentence));
        Assert.Empty(_script.Leaves);
    }

    [Fact]
    public async Task Deadline_Over_IsItsRowAndItsFinish()
    {
        _script.Then(TurnScript.Started(), TurnScript.Tokens(7, "a"), ShardFrame.Of(new Finished { Reason = Finished.Types.Reason.Deadline }));

        Assert.Equal("deadline", Of<TurnFailed>((await _script.RunAsync(TurnScript.Request()))[^1]).Refusal.Row.Code);
        Assert.Equal(Finish.Deadline, Of<OutcomeLeaf>(_script.Leaves[^1]).Finish);
    }

    [Fact]
    public async Task Lease_ThatEndsInMidStream_EndsTheStream()
    {
        _script.Then(TurnScript.Started(), TurnScript.Tokens(7, "a"), TurnScript.Tokens(8, "b"), TurnScript.Stop(2));
        _script.Before = frame =>
        {
            if (frame.Tokens is [{ Id: 8 }])
            {
                _script.SetPolicy(null);
            }
        };

        var events = await _script.RunAsync(TurnScript.Request());

        Assert.Equal("a", string.Concat(events.OfType<TurnTokens>().Select(Text)));
        Assert.Equal("policy_stale", Of<TurnFailed>(events[^1]).Refusal.Row.Code);
        Assert.Equal(Finish.PolicyChanged, Of<OutcomeLeaf>(_script.Leaves[^1]).Finish);
    }

    [Theory]
    [InlineData("class: public", "class: internal", "residency_denied")]
    [InlineData("effect: allow", "effect: allow\n        # unchanged but for this line", null)]
    public async Task Policy_ThatChangesInMidStream_EndsTheStreamOnlyWhereItDenies(string was, string now, string? code)
    {
        _script.Then(TurnScript.Started(), TurnScript.Tokens(7, "a"), TurnScript.Tokens(8, "b"), TurnScript.Stop(2));
        _script.Before = frame =>
        {
            if (frame.Tokens is [{ Id: 8 }])
            {
                _script.SetPolicy(TurnScript.Policy.Replace("epoch: 1", "epoch: 2", StringComparison.Ordinal).Replace(was, now, StringComparison.Ordinal));
            }
        };

        var end = (await _script.RunAsync(TurnScript.Request()))[^1];

        Assert.Equal(code, (end as TurnFailed)?.Refusal.Row.Code);
    }

    [Fact]
    public async Task Caller_RevokedInMidStream_GetsNoFurtherToken()
    {
        _script.Then(TurnScript.Started(), TurnScript.Tokens(7, "a"), TurnScript.Tokens(8, "b"), TurnScript.Stop(2));
        _script.Before = frame =>
        {
            if (frame.Tokens is [{ Id: 8 }])
            {
                _script.Revoked.Add(TurnScript.Caller.KeyId);
            }
        };

        var events = await _script.RunAsync(TurnScript.Request());

        Assert.Equal("a", string.Concat(events.OfType<TurnTokens>().Select(Text)));
        Assert.Equal("unauthenticated", Of<TurnFailed>(events[^1]).Refusal.Row.Code);
        Assert.Equal(Finish.PolicyChanged, Of<OutcomeLeaf>(_script.Leaves[^1]).Finish);
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task<List<int>> ReadAsync(List<TurnEvent> events)
    {
        List<int> records = [];
        await foreach (var happened in _script.RunAsync(TurnScript.Request(), CancellationToken.None))
        {
            events.Add(happened);
            records.Add(_script.Leaves.Count);
        }

        return records;
    }

    private static T Of<T>(object happened) => Assert.IsType<T>(happened);

    private static string Text(TurnEvent tokens) => string.Concat(Of<TurnTokens>(tokens).Tokens.Select(token => token.Text));

    private static string Hash(Leaf leaf) => TreeHasher.Leaf(leaf.ToBytes()).ToHex();
}
