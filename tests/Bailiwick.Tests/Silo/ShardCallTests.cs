using System.Threading.Channels;
using Bailiwick.Protocol;
using Bailiwick.Protocol.Decoder;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Silo.Cluster;
using Bailiwick.Silo.Shards;
using Microsoft.Extensions.Time.Testing;

namespace Bailiwick.Tests.Silo;

/// <summary>What a gateway makes of everything that a shard's stream can do. The stream is scripted, time is fake.</summary>
public sealed class ShardCallTests : IDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(125);

    private readonly FakeTimeProvider _time = new();
    private readonly Channel<ShardBatch> _shard = Channel.CreateUnbounded<ShardBatch>();
    private readonly StallClock _clock;
    private readonly ShardCall _call;

    public ShardCallTests()
    {
        _clock = new StallClock(_time, Tick);
        // No grain: nothing here is cancelled, which is all that it is called for.
        _call = new ShardCall("call", null!, Replica(), _shard.Reader.ReadAllAsync().GetAsyncEnumerator(), _clock.Now);
    }

    public static TheoryData<string, ShardLossName> Ends => new()
    {
        { nameof(SiloUnavailableException), ShardLossName.DeclaredDead },
        { nameof(OrleansException), ShardLossName.Reset },
        { nameof(EnumerationAbortedException), ShardLossName.Reset },
        { nameof(TimeoutException), ShardLossName.Reset },
        { nameof(ShardPlacementException), ShardLossName.Reset },
    };

    [Fact]
    public async Task Next_HeartbeatsOnly_GivesNothingAndLosesNothing()
    {
        for (var i = 0; i < 40; i++)
        {
            await Send(ShardBatch.Alive);
            Assert.Null(await Next());
            Pass(2);
        }
    }

    [Fact]
    public async Task Next_SilentAfterTheFirstItem_IsLostAfterThreeHeartbeats()
    {
        await Send(ShardBatch.Alive);
        Assert.Null(await Next());
        var next = Next();

        Pass(6);
        Assert.False(next.IsCompleted, "lost at 750 ms already");
        Pass(1);

        Assert.Equal(ShardLoss.MissedHeartbeats, (await next)!.Value.Loss);
    }

    [Fact]
    public async Task Next_SilentBeforeTheFirstItem_IsLostAfterTwoSeconds()
    {
        var next = Next();

        Pass(16);
        Assert.False(next.IsCompleted, "lost at 2 s already");
        Pass(1);

        Assert.Equal(ShardLoss.MissedHeartbeats, (await next)!.Value.Loss);
    }

    [Fact]
    public async Task Next_ThisProcessWasStopped_IsNoSilenceOfTheShard()
    {
        await Send(ShardBatch.Alive);
        Assert.Null(await Next());
        var next = Next();

        _time.Advance(TimeSpan.FromMinutes(1));
        _call.OnTick(_clock.Advance());
        await Send(ShardBatch.Of([Token(5)]));

        Assert.Equal(5, Assert.Single((await next)!.Value.Tokens).Id);
    }

    [Fact]
    public async Task Next_ReaderIsSlow_IsNoSilenceOfTheShard()
    {
        await Send(ShardBatch.Alive);
        Assert.Null(await Next());

        Pass(100);
        await Send(ShardBatch.Of([Token(5)]));

        Assert.Equal(ShardFrameKind.Tokens, (await Next())!.Value.Kind);
    }

    [Theory]
    [MemberData(nameof(Ends))]
    public async Task Next_CallThrows_IsALoss(string exception, ShardLossName loss)
    {
        var next = Next();

        _shard.Writer.Complete(exception switch
        {
            nameof(SiloUnavailableException) => new SiloUnavailableException(),
            nameof(EnumerationAbortedException) => new EnumerationAbortedException("gone"),
            nameof(TimeoutException) => new TimeoutException(),
            nameof(ShardPlacementException) => new ShardPlacementException(ShardPlacementFault.NoSuchNode),
            _ => new OrleansException("rejected"),
        });

        Assert.Equal((ShardLoss)loss, (await next)!.Value.Loss);
    }

    [Fact]
    public async Task Next_CallThrowsABug_IsThrown()
    {
        _shard.Writer.Complete(new InvalidOperationException("a bug"));

        await Assert.ThrowsAsync<InvalidOperationException>(() => Next());
    }

    [Fact]
    public async Task Next_SiloIsDeclaredDead_IsLostAtOnce()
    {
        var next = Next();

        _call.Dead();

        Assert.Equal(ShardLoss.DeclaredDead, (await next)!.Value.Loss);
    }

    [Fact]
    public async Task Next_StreamEndsWithoutALastItem_IsAReset()
    {
        _shard.Writer.Complete();

        Assert.Equal(ShardLoss.Reset, (await Next())!.Value.Loss);
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
        await Send(ShardBatch.Of(
            new Finished { Turn = "call", Reason = (Finished.Types.Reason)reason, Problem = new Problem { Code = code } }, null));

        var frame = (await Next())!.Value;

        Assert.Equal(loss is null ? ShardFrameKind.Finished : ShardFrameKind.Lost, frame.Kind);
        Assert.Equal((ShardLoss)(loss ?? ShardLossName.None), frame.Loss);
    }

    [Fact]
    public async Task Next_QueueRefused_CarriesWhenToComeBack()
    {
        await Send(ShardBatch.Of(
            new Finished { Reason = Finished.Types.Reason.Refused, Problem = Errors.Queue.With("Full.") }, TimeSpan.FromSeconds(12)));

        Assert.Equal(TimeSpan.FromSeconds(12), (await Next())!.Value.RetryAfter);
    }

    [Theory]
    [InlineData(true, ShardLossName.Drain)]
    [InlineData(false, ShardLossName.Reset)]
    public async Task Next_ShardLeavesOrIsAbsent_IsALoss(bool leaves, ShardLossName loss)
    {
        await Send(leaves ? ShardBatch.Leaving : ShardBatch.Absent);

        Assert.Equal((ShardLoss)loss, (await Next())!.Value.Loss);
    }

    public void Dispose() => _shard.Writer.TryComplete();

    private async Task Send(ShardBatch batch) => await _shard.Writer.WriteAsync(batch);

    private Task<ShardFrame?> Next() => _call.NextAsync(_clock, CancellationToken.None).AsTask();

    private void Pass(int ticks)
    {
        for (var i = 0; i < ticks; i++)
        {
            _time.Advance(Tick);
            _call.OnTick(_clock.Advance());
        }
    }

    private static DecodedToken Token(int id) => new(id, "x", 0, [], Google.Protobuf.ByteString.Empty, false);

    private static Replica Replica() => new() { Zone = "z", Node = "n", Model = "m", Build = "", Phase = ReplicaPhase.Ready };

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
