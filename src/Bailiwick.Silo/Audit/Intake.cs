using System.Threading.Channels;
using Bailiwick.Evidence;
using Bailiwick.Silo.Hosting;

namespace Bailiwick.Silo.Audit;

/// <summary>
/// Group commit: callers put records into a bounded queue; one loop takes whatever waits, up to <see cref="RecordWriter.MaxGroup"/>, and
/// commits it at once. While PostgreSQL is away a probe asks every half second, and the same loop then sends the spool.
/// </summary>
internal sealed class Intake : BackgroundService, IIntake
{
    private const int MaxWaiting = 4096;
    private static readonly TimeSpan ProbeInterval = TimeSpan.FromMilliseconds(500);

    private readonly Channel<Work> _queue = Channel.CreateBounded<Work>(new BoundedChannelOptions(MaxWaiting) { SingleReader = true });
    private readonly RecordTable _table;
    private readonly RecordWriter _writer;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;

    public Intake(SiloModel model, TimeProvider clock, ILogger<Intake> log)
        : this(model.Database.Intake, Path.Combine(model.Data, "spool"), $"{model.Identity.Zone}/{model.Identity.Node}", clock, log)
    {
    }

    /// <param name="connectionString">Login that may only insert.</param>
    /// <param name="spool">Folder of the spool; made when absent.</param>
    /// <param name="silo">Name of this silo in its records.</param>
    /// <param name="clock">Time of records and probes.</param>
    /// <param name="log">Log lines.</param>
    public Intake(string connectionString, string spool, string silo, TimeProvider clock, ILogger<Intake> log)
    {
        (_clock, _log) = (clock, log);
        _table = new RecordTable(connectionString, clock);
        _writer = new RecordWriter(_table, new Spool(spool), new RecordChain(silo, clock), silo, log);
    }

    public bool IsAvailable => _writer.IsAvailable;

    /// <summary>Records that wait in the spool.</summary>
    public int SpooledRecords => _writer.SpooledRecords;

    public async ValueTask<TreeHash?> WriteAsync(Func<LeafOrigin, Leaf> make, CancellationToken cancellationToken) =>
        IsAvailable ? await QueueAsync(new Pending(make, intent: null), cancellationToken) : null;

    public async ValueTask<TreeHash?> CloseAsync(TreeHash intent, Func<LeafOrigin, Leaf> make, CancellationToken cancellationToken) =>
        await QueueAsync(new Pending(make, intent), cancellationToken);

    /// <summary>Opens the spool and tries once to send it, so that a silo whose database answers takes records from its first moment.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        _writer.Open();
        await ProbeAsync(() => _writer.RecoverAsync(cancellationToken), cancellationToken);
        if (!IsAvailable)
        {
            _log.BeginsAway();
        }

        await base.StartAsync(cancellationToken);
    }

    /// <summary>Writes what is queued, then ends.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _queue.Writer.TryComplete();
        await base.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var probing = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        var probe = ProbeLoopAsync(probing.Token);
        try
        {
            // Not the stopping token: what was queued is written. Each write ends within its time-out.
            await WriteLoopAsync(CancellationToken.None);
        }
        finally
        {
            _queue.Writer.TryComplete();
            await probing.CancelAsync();
            await probe;
            await _table.DisposeAsync();
        }
    }

    private async ValueTask<TreeHash?> QueueAsync(Pending pending, CancellationToken cancellationToken)
    {
        var work = new Work(pending, null);
        try
        {
            if (!_queue.Writer.TryWrite(work))
            {
                await _queue.Writer.WriteAsync(work, cancellationToken);
            }
        }
        catch (ChannelClosedException)
        {
            // The silo stops.
            return null;
        }

        return await pending.WaitAsync(cancellationToken);
    }

    private async Task WriteLoopAsync(CancellationToken cancellationToken)
    {
        var group = new List<Pending>(RecordWriter.MaxGroup);
        while (await _queue.Reader.WaitToReadAsync(cancellationToken))
        {
            group.Clear();
            TaskCompletionSource? recover = null;
            while (group.Count < RecordWriter.MaxGroup && recover is null && _queue.Reader.TryRead(out var work))
            {
                recover = work.Recover;
                if (work.Pending is not null)
                {
                    group.Add(work.Pending);
                }
            }

            await _writer.WriteAsync(group, cancellationToken);
            if (recover is not null)
            {
                await _writer.RecoverAsync(cancellationToken);
                recover.SetResult();
            }
        }
    }

    private async Task ProbeLoopAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(ProbeInterval, _clock);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                if (!IsAvailable)
                {
                    await ProbeAsync(() => RecoverInLoopAsync(cancellationToken), cancellationToken);
                }
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or ChannelClosedException)
        {
            // The silo stops.
            _log.Stopped();
        }
    }

    private async Task ProbeAsync(Func<Task> recover, CancellationToken cancellationToken)
    {
        if (await _table.FaultAsync(cancellationToken) is { } fault)
        {
            _log.Waiting(fault);
            return;
        }

        await recover();
    }

    /// <summary>The writer's own loop sends the spool, between two groups.</summary>
    private async Task RecoverInLoopAsync(CancellationToken cancellationToken)
    {
        var recover = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await _queue.Writer.WriteAsync(new Work(null, recover), cancellationToken);
        await recover.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Either a record or the wish to send the spool.</summary>
    private readonly record struct Work(Pending? Pending, TaskCompletionSource? Recover);
}
