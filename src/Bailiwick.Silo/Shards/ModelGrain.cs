using System.Runtime.CompilerServices;
using Orleans.Placement;

namespace Bailiwick.Silo.Shards;

/// <summary>
/// Holds the latest report of each node and shows them as one model. In memory: a new activation knows all within a second.
/// </summary>
[Immovable]
internal sealed class ModelGrain(TimeProvider time) : Grain, IModelGrain
{
    /// <summary>A report older than this is of a node that is gone or hangs.</summary>
    private static readonly TimeSpan ReportAge = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(250);

    /// <summary>A new activation shows nothing before its workers had the time to report: nobody is to think that they are gone.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(1);

    /// <summary>A watcher is answered at least this often.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(1.5);

    private const int TicksPerView = 4;

    private readonly Dictionary<NodeName, (ServedModel Report, long At)> _reports = [];
    private readonly long _activated = time.GetTimestamp();
    private TaskCompletionSource _changed = NewSignal();
    private ServedModel? _view;
    private bool _stale = true;
    private int _ticks;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        this.RegisterGrainTimer(_ => OnTick(), new GrainTimerCreationOptions(Tick, Tick) { Interleave = true });
        return Task.CompletedTask;
    }

    public Task ReportAsync(ServedModel report, CancellationToken cancellationToken)
    {
        if (report.Replicas is [var replica])
        {
            var node = new NodeName(replica.Zone, replica.Node);
            var urgent = ServedModelView.IsUrgent(_reports.GetValueOrDefault(node).Report, report);
            _reports[node] = (report, time.GetTimestamp());
            _stale = true;
            if (urgent)
            {
                Publish();
            }
        }

        return Task.CompletedTask;
    }

    public async IAsyncEnumerable<ServedModel> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            var changed = _changed.Task;
            if (_view is { } view)
            {
                yield return view;
            }

            // Bounded: an activation that ends has no ticks any more, and waits for the calls that run.
            await changed.WaitAsync(Quiet, time, cancellationToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private Task OnTick()
    {
        foreach (var (node, (_, at)) in _reports)
        {
            if (time.GetElapsedTime(at) > ReportAge)
            {
                _reports.Remove(node);
                _stale = true;
            }
        }

        // Unchanged views are shown too: who watches sees that the grain lives.
        if (_stale || ++_ticks % TicksPerView == 0)
        {
            Publish();
        }

        return Task.CompletedTask;
    }

    private void Publish()
    {
        if (time.GetElapsedTime(_activated) < Silence)
        {
            return;
        }

        _stale = false;
        _view = ServedModelView.Merge(this.GetPrimaryKeyString(), [.. _reports.Values.Select(entry => entry.Report)], _view);
        var changed = _changed;
        _changed = NewSignal();
        changed.SetResult();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
