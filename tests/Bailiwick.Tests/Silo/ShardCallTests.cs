using Bailiwick.Protocol;
using Bailiwick.Protocol.Decoder;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Silo.Cluster;
using Bailiwick.Silo.Shards;
using Bailiwick.Tests.Protocol;
using Google.Protobuf;
using Microsoft.Extensions.Time.Testing;

namespace Bailiwick.Tests.Silo;

/// <summary>What a gateway makes of everything that a link to a shard can do. The shard is scripted, time is fake.</summary>
public sealed class ShardCallTests : IDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(125);

    private readonly FakeTimeProvider _time = new();
    private readonly ScriptedShard _shard = new();
    private readonly CancellationTokenSource _end = new();
    private readonly StallClock _clock;
    private readonly ShardLink _link;
    private readonly ShardCall _call;
    private readonly Task _pulling;

    public ShardCallTests()
    {
        _clock = new StallClock(_time, Tick);
        _link = new ShardLink("link", "silo", _shard, _clock);
        _call = Open();
        _shard.Accepting.SetResult();
        _pulling = _link.RunAsync(_end.Token);
    }

    public static TheoryData<string, ShardLossName> Ends => new()
    {
        { nameof(SiloUnavailableException), ShardLossName.DeclaredDead },
        { nameof(OrleansException), ShardLossName.Reset },
        { nameof(TimeoutException), ShardLossName.Reset },
        { nameof(ShardPlacementException), ShardLossName.Reset },
        { nameof(FrameException), ShardLossName.Reset },
    };

    [Fact]
    public async Task Next_HeartbeatsOnly_GivesNothingAndLosesNothing()
    {
        var next = Next();
        for (var i = 0; i < 40; i++)
        {
            await HeardAsync();
            Pass(2);
        }

        Assert.False(next.IsCompleted);
        _shard.Send(ScriptedShard.Token(1, 5));
        Assert.Equal(5, Assert.Single((await next).Tokens).Id);
    }

    [Fact]
    public async Task Next_SilentAfterTheFirstAnswer_IsLostAfterThreeHeartbeats()
    {
        await HeardAsync();
        var next = Next();

        Pass(6);
        Assert.False(next.IsCompleted, "lost at 750 ms already");
        Pass(1);

        Assert.Equal(ShardLoss.MissedHeartbeats, (await next).Loss);
        Assert.Null(_link.TryOpen());
    }

    [Fact]
    public async Task Next_SilentBeforeTheFirstAnswer_IsLostAfterTwoSeconds()
    {
        var shard = new ScriptedShard();
        var link = new ShardLink("fresh", "silo", shard, _clock);
        using var call = Assert.IsType<ShardCall>(link.TryOpen());
        var pulling = link.RunAsync(CancellationToken.None);
        var next = Next(call);

        Pass(16, link);
        Assert.False(next.IsCompleted, "lost at 2 s already");
        Pass(1, link);

        Assert.Equal(ShardLoss.MissedHeartbeats, (await next).Loss);
        shard.Beat();
        await pulling;
    }

    [Fact]
    public async Task Next_StartIsNotAnsweredWhileTheLinkBeats_IsLostAfterTwoSeconds()
    {
        using var call = Assert.IsType<ShardCall>(_link.TryOpen());
        var next = Next(call);

        for (var i = 0; i < 17; i++)
        {
            Assert.False(next.IsCompleted);
            await HeardAsync();
            Pass(1);
        }

        Assert.Equal(ShardLoss.MissedHeartbeats, (await next).Loss);
        Assert.False(Next().IsCompleted, "the other turn of the link is lost too");
    }

    [Fact]
    public async Task Next_ThisProcessWasStopped_IsNoSilenceOfTheShard()
    {
        await HeardAsync();
        var next = Next();

        _time.Advance(TimeSpan.FromMinutes(1));
        _link.OnTick(_clock.Advance());
        _shard.Send(ScriptedShard.Token(1, 5));

        Assert.Equal(5, Assert.Single((await next).Tokens).Id);
    }

    [Fact]
    public async Task Next_TokensOfTwoTurnsInOneMail_GoToEachInOrder()
    {
        using var other = Open();
        _shard.Send(ScriptedShard.Token(1, 5), ScriptedShard.Token(2, 50), ScriptedShard.Token(1, 6), ScriptedShard.Token(2, 60));

        Assert.Equal([5, 6], (await Next()).Tokens.Select(token => token.Id));
        Assert.Equal([50, 60], (await Next(other)).Tokens.Select(token => token.Id));
    }

    [Fact]
    public async Task Next_OneTurnHasNews_GoesOnOnTheThreadThatBringsThem()
    {
        var outbox = new ShardOutbox("local", 1, 0);
        var link = new ShardLink("local", "silo", new LocalOutbox(outbox), _clock);
        using var call = Assert.IsType<ShardCall>(link.TryOpen());
        var pulling = link.RunAsync(CancellationToken.None);
        var next = call.NextAsync(CancellationToken.None).AsTask();

        // As the thread that reads a decoder's frames, which has no context of its own.
        var isThere = await Task.Run(() =>
        {
            outbox.Add(1, ShardRecordKind.Token, new Token { Id = 5, Text = "x" }.ToByteArray());
            outbox.Flush();
            return next.IsCompleted;
        });

        Assert.True(isThere, "its reader was put off to another thread");
        Assert.Equal(5, Assert.Single((await next).Tokens).Id);
        link.Lose(ShardLoss.Reset);
        outbox.Beat(1000, TimeSpan.Zero);
        await pulling;
    }

    [Fact]
    public async Task Next_ReaderLeavesTooMuchUnread_EndsThatTurnAlone()
    {
        using var other = Open();
        for (var i = 0; i <= ShardCall.MostPending; i++)
        {
            _shard.Send(ScriptedShard.Token(2, i), ScriptedShard.Token(1, i));
            Assert.Equal(i, Assert.Single((await Next()).Tokens).Id);
        }

        Assert.Equal(ShardCall.MostPending, (await Next(other)).Tokens.Count);
        Assert.Equal(Finished.Types.Reason.Cancelled, (await Next(other)).Finished!.Reason);
        Assert.Equal(2, await _shard.Cancelled.Reader.ReadAsync().AsTask().WaitAsync(LinkUnderTest.Wait));
    }

    [Theory]
    [MemberData(nameof(Ends))]
    public async Task Next_PullThrows_IsALossOfEveryTurn(string exception, ShardLossName loss)
    {
        using var other = Open();
        var next = Next();

        _shard.Break(exception switch
        {
            nameof(SiloUnavailableException) => new SiloUnavailableException(),
            nameof(TimeoutException) => new TimeoutException(),
            nameof(FrameException) => new FrameException("cut"),
            nameof(ShardPlacementException) => new ShardPlacementException(ShardPlacementFault.NoSuchNode),
            _ => new OrleansException("rejected"),
        });

        Assert.Equal((ShardLoss)loss, (await next).Loss);
        Assert.Equal((ShardLoss)loss, (await Next(other)).Loss);
    }

    [Fact]
    public async Task Next_PullThrowsABug_IsThrown()
    {
        _shard.Break(new InvalidOperationException("a bug"));

        await Assert.ThrowsAsync<InvalidOperationException>(() => Next());
    }

    [Theory]
    [InlineData(3)]
    [InlineData(15)]
    public async Task Next_RecordsAreCut_IsAReset(int bytes)
    {
        _shard.SendBytes(new byte[bytes] is var cut && bytes > 8 ? [.. cut.AsSpan(0, 5), 99, .. cut.AsSpan(6)] : cut);

        Assert.Equal(ShardLoss.Reset, (await Next()).Loss);
    }

    [Fact]
    public async Task Next_SiloIsDeclaredDead_IsLostAtOnce()
    {
        var next = Next();

        _link.Lose(ShardLoss.DeclaredDead);

        Assert.Equal(ShardLoss.DeclaredDead, (await next).Loss);
    }

    [Fact]
    public async Task Next_AnotherOutboxSpeaks_IsAReset()
    {
        await HeardAsync();
        _shard.Outbox = 2;
        _shard.Beat();

        Assert.Equal(ShardLoss.Reset, (await Next()).Loss);
    }

    [Fact]
    public async Task Cancel_BeforeTheShardHasTheTurn_IsSentAfterIt()
    {
        var shard = new ScriptedShard();
        var link = new ShardLink("late", "silo", shard, _clock);
        using var call = Assert.IsType<ShardCall>(link.TryOpen());
        link.Start(call, Payload());

        call.Cancel(_clock.Now);
        Assert.False(shard.Cancelled.Reader.TryRead(out _));
        shard.Accepting.SetResult();

        Assert.Equal(1, await shard.Cancelled.Reader.ReadAsync().AsTask().WaitAsync(LinkUnderTest.Wait));
    }

    [Fact]
    public async Task Cancel_ShardDoesNotSayHowItEnded_EndsAsCancelledAfterTwoSeconds()
    {
        await HeardAsync();
        _call.Cancel(_clock.Now);
        var next = Next();
        for (var i = 0; i < 17; i++)
        {
            Assert.False(next.IsCompleted);
            await HeardAsync();
            Pass(1);
        }

        Assert.Equal(Finished.Types.Reason.Cancelled, (await next).Finished!.Reason);
    }

    [Fact]
    public async Task Left_BeforeItsEnd_IsCancelledAndNobodysTokensAreDropped()
    {
        await HeardAsync();
        _call.Dispose();

        Assert.Equal(1, await _shard.Cancelled.Reader.ReadAsync().AsTask().WaitAsync(LinkUnderTest.Wait));
        Assert.Equal(0, _link.Count);
        using var other = Open();
        _shard.Send(ScriptedShard.Token(1, 5), ScriptedShard.Token(other.Turn, 6));
        Assert.Equal(6, Assert.Single((await Next(other)).Tokens).Id);
    }

    [Theory]
    [InlineData(Finished.Types.Reason.Error, "no_replica", ShardLossName.Reset)]
    [InlineData(Finished.Types.Reason.Error, "internal", ShardLossName.Reset)]
    [InlineData(Finished.Types.Reason.Refused, "no_replica", ShardLossName.Reset)]
    [InlineData(Finished.Types.Reason.Error, "draining", ShardLossName.Drain)]
    [InlineData(Finished.Types.Reason.Cancelled, "", ShardLossName.Reset)]
    [InlineData(Finished.Types.Reason.Refused, "queue", null)]
    [InlineData(Finished.Types.Reason.Refused, "epoch", null)]
    [InlineData(Finished.Types.Reason.Error, "deadline", null)]
    [InlineData(Finished.Types.Reason.Stop, "", null)]
    public async Task Next_Finished_IsALossWhereAnotherShardCanGoOn(object reason, string code, ShardLossName? loss)
    {
        _shard.Send(ScriptedShard.Finish(
            1, new Finished { Reason = (Finished.Types.Reason)reason, Problem = new Problem { Code = code } }));

        var frame = await Next();

        Assert.Equal(loss is null ? ShardFrameKind.Finished : ShardFrameKind.Lost, frame.Kind);
        Assert.Equal((ShardLoss)(loss ?? ShardLossName.None), frame.Loss);
    }

    [Fact]
    public async Task Next_QueueRefused_CarriesWhenToComeBack()
    {
        _shard.Send(ScriptedShard.Finish(
            1, new Finished { Reason = Finished.Types.Reason.Refused, Problem = Errors.Queue.With("Full.") }, 12_000));

        Assert.Equal(TimeSpan.FromSeconds(12), (await Next()).RetryAfter);
    }

    [Theory]
    [InlineData(ShardRecordKind.Leaving, ShardLossName.Drain)]
    [InlineData(ShardRecordKind.Absent, ShardLossName.Reset)]
    [InlineData(ShardRecordKind.Silent, ShardLossName.MissedHeartbeats)]
    public async Task Next_ShardLeavesIsAbsentOrItsDecoderSilent_IsALoss(object kind, ShardLossName loss)
    {
        _shard.Send((1, (ShardRecordKind)kind, []));

        Assert.Equal((ShardLoss)loss, (await Next()).Loss);
    }

    public void Dispose()
    {
        _call.Dispose();
        _end.Cancel();
        _end.Dispose();
    }

    private ShardCall Open()
    {
        var call = Assert.IsType<ShardCall>(_link.TryOpen());
        _link.Start(call, Payload());
        return call;
    }

    /// <summary>The link has heard a heartbeat, and waits again: a turn that is opened only for this says so.</summary>
    private async Task HeardAsync()
    {
        using var probe = Assert.IsType<ShardCall>(_link.TryOpen());
        _shard.Send((probe.Turn, ShardRecordKind.Leaving, []));
        Assert.Equal(ShardLoss.Drain, (await Next(probe)).Loss);
        await LinkUnderTest.UntilAsync(() => _link.IsWaiting || _pulling.IsCompleted, "pulling again", () => "reading");
    }

    private Task<ShardFrame> Next() => Next(_call);

    // Bounded: a frame that never comes is a failure, not a test run that hangs.
    private static Task<ShardFrame> Next(ShardCall call) => call.NextAsync(CancellationToken.None).AsTask().WaitAsync(LinkUnderTest.Wait);

    private void Pass(int ticks, ShardLink? link = null)
    {
        for (var i = 0; i < ticks; i++)
        {
            _time.Advance(Tick);
            (link ?? _link).OnTick(_clock.Advance());
        }
    }

    private sealed class LocalOutbox(ShardOutbox outbox) : IShardWire
    {
        public Task<ShardMail> PullAsync(string link, CancellationToken cancellationToken) => outbox.TryPull(0)!;

        public Task<long> StartAsync(string link, ShardTurn turn, CancellationToken cancellationToken) => Task.FromResult(outbox.Number);

        public void Cancel(string link, int turn)
        {
        }
    }

    private static ShardPayload Payload() => new() { Frame = [], Requested = [], Credential = null, Epoch = 1, PolicyDigest = "" };

    /// <summary><see cref="ShardLoss"/>, which is not public, for the signatures of theories.</summary>
    public enum ShardLossName
    {
        None = (int)ShardLoss.None,
        MissedHeartbeats = (int)ShardLoss.MissedHeartbeats,
        Reset = (int)ShardLoss.Reset,
        DeclaredDead = (int)ShardLoss.DeclaredDead,
        Drain = (int)ShardLoss.Drain,
    }
}
