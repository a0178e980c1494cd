using System.Diagnostics.Metrics;
using Bailiwick.Protocol.Decoder;
using Bailiwick.Silo.Observation;
using Bailiwick.Silo.Shards;
using Bailiwick.Silo.Turns;
using Bailiwick.Tests.Silo.Turns;
using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;

namespace Bailiwick.Tests.Silo.Observation;

/// <summary>What turns leave in the metrics.</summary>
public sealed class TurnMeterTests : IDisposable
{
    private readonly TurnScript _script = new();
    private readonly MeterProbe _probe;

    public TurnMeterTests() => _probe = new MeterProbe(_script.Meters);

    public void Dispose() => _probe.Dispose();

    [Fact]
    public async Task Answer_Whole_GivesItsTimesTokensAndDecision()
    {
        _script.Before = frame => _script.Time.Advance(TimeSpan.FromMilliseconds(frame.Kind is ShardFrameKind.Tokens ? 100 : 0));
        _script.Then(TurnScript.Started(), TurnScript.Tokens(7, "a"), TurnScript.Tokens(8, "b", "c"), TurnScript.Stop(3));

        await _script.RunAsync(TurnScript.Request());

        Assert.Equal([0.1], _probe.All("gen_ai.server.time_to_first_token"));
        Assert.Equal([0.05], _probe.All("gen_ai.server.time_per_output_token"));
        Assert.Equal([0.2], _probe.All("gen_ai.server.request.duration"));
        Assert.Equal((3, 3), (_probe.Sum("gen_ai.client.inference.usage.input_tokens"), _probe.Sum("gen_ai.client.inference.usage.output_tokens")));
        Assert.Equal(1, _probe.Sum("bailiwick.residency.decisions", "rule=R-1,effect=allow"));
        Assert.Equal(1, _probe.Sum("bailiwick.turns", "model=small,finish=stop"));
        Assert.Equal(0, _probe.Sum("bailiwick.streams"));
    }

    [Fact]
    public async Task Labels_OfARequestByAliasWithText_HoldNeither()
    {
        _script.Then(TurnScript.Started(), TurnScript.Tokens(7, "secret"), TurnScript.Stop(1));
        await _script.RunAsync(TurnScript.Request(model: "tiny"));
        await _script.RunAsync(TurnScript.Request(model: "no such model, but a text"));

        Assert.Equal(
            [
                "effect=allow", "error.type=model_not_found", "finish=model_not_found", "finish=stop", "gen_ai.operation.name=text_completion",
                "gen_ai.provider.name=bailiwick", "gen_ai.request.model=small", "model=", "model=small", "rule=R-1",
            ],
            _probe.Labels);
    }

    [Fact]
    public async Task Denial_ByDefault_IsCountedOnceByItsReason()
    {
        await _script.RunAsync(TurnScript.Request(raise: TurnScript.Raise("class", "internal")));

        Assert.Equal(1, _probe.Sum("bailiwick.residency.decisions"));
        Assert.Equal(1, _probe.Sum("bailiwick.residency.decisions", "effect=deny"));
        Assert.Equal(1, _probe.Sum("bailiwick.turns", "finish=residency_denied"));
        Assert.Empty(_probe.All("gen_ai.server.time_to_first_token"));
    }

    [Fact]
    public async Task Gap_OfALostReplica_RunsFromTheLastTokenToTheNext()
    {
        _script.Before = frame => _script.Time.Advance(TimeSpan.FromMilliseconds(frame.Kind is ShardFrameKind.Lost ? 700 : 40));
        _script
            .Then(TurnScript.Started(), TurnScript.Tokens(7, "a"), ShardFrame.Lost(ShardLoss.MissedHeartbeats))
            .Then(TurnScript.Started(), TurnScript.Tokens(8, "b"), TurnScript.Stop(2));

        await _script.RunAsync(TurnScript.Request());

        Assert.Equal([0.78], _probe.All("bailiwick.failover.gap"));
    }

    [Fact]
    public async Task Caller_WhoLeaves_LeavesNoStreamBehind()
    {
        _script.Then(TurnScript.Started(), TurnScript.Tokens(7, "a"), TurnScript.Tokens(8, "b"), TurnScript.Stop(2));
        await foreach (var happened in _script.RunAsync(TurnScript.Request(), CancellationToken.None))
        {
            if (happened is TurnTokens)
            {
                Assert.Equal(1, _probe.Sum("bailiwick.streams"));
                break;
            }
        }

        Assert.Equal(0, _probe.Sum("bailiwick.streams"));
        Assert.Equal(1, _probe.Sum("bailiwick.turns", "finish=cancelled"));
    }

    [Fact]
    public void Tokens_EachBatch_CostNoAllocation()
    {
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var instruments = new TurnInstruments(services.GetRequiredService<IMeterFactory>());
        using var listener = new MeterListener();
        var total = 0L;
        listener.InstrumentPublished = (instrument, one) => one.EnableMeasurementEvents(instrument);
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => total += value);
        listener.Start();
        using var meter = new TurnMeter(instruments, TurnScript.Request(), TimeProvider.System);
        meter.Found("small");
        var tokens = new TurnTokens([new DecodedToken(7, "a", 0, [], ByteString.Empty, false)]);
        meter.Saw(tokens);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            meter.Saw(tokens);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(total > 1000, $"{total} were counted");
    }
}
