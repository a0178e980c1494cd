using System.Diagnostics.Metrics;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Policy;
using Bailiwick.Silo.Shards;

namespace Bailiwick.Silo.Turns;

/// <summary>
/// Keeps the proof fresh that a token comes through the real path: a turn of a caller is one, and where none has begun or ended
/// for fifteen seconds this gateway asks for one token itself. Costs a token and two records for each fifteen idle seconds.
/// </summary>
internal sealed class Probe(
    ITurns turns, LastAnswer last, IPolicyBoard policy, IShards shards, Boundary boundary, string zone, TimeProvider time, ILogger<Probe> log)
    : BackgroundService, IObserved
{
    /// <summary>An answer is proof for this long; then one is asked for.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);

    /// <summary>Without an answer for this long the gateway is not ready: an interval, a probe that hangs, and one more try.</summary>
    public static readonly TimeSpan Freshness = TimeSpan.FromSeconds(40);

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    private volatile ProbeTurn _probe = new(null, null, null);
    private volatile string? _code;

    public string? Unready => _probe.Request is null || last.Age < Freshness ? null
        : _code is { } code ? $"No token comes through the real path: {code}."
        : "No token has come through the real path yet.";

    public string? Remark => _probe.Remark;

    public void Measure(Meter meter) => meter.CreateObservableGauge(
        "bailiwick.answer.age", () => last.Age is { } age ? [new Measurement<double>(age.TotalSeconds)] : Array.Empty<Measurement<double>>(), "s",
        "Time since an answer last began or ended at this gateway, its own probes included.");

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Look, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await LookAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            log.ProbesEnded();
        }
    }

    /// <summary>Asks for a token where one is due; ends with the answer. Called by the loop; not for two callers at once.</summary>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        // A silo without a policy in force says so elsewhere.
        if (!policy.TryGet(out var guard, out _))
        {
            return;
        }

        _probe = ProbeTurn.Of(guard, boundary, zone, shards.Current, Limit);
        if (_probe.Request is not { } request || last.Age < Interval)
        {
            return;
        }

        await foreach (var step in turns.RunAsync(request, _probe.Caller!, cancellationToken))
        {
            // Success has been seen by the turns themselves.
            _code = step switch { TurnRefused refused => refused.Refusal.Row.Code, TurnFailed failed => failed.Refusal.Row.Code, _ => null };
        }
    }
}
