using Bailiwick.Evidence;
using Bailiwick.Silo.Cluster;
using Bailiwick.Silo.Hosting;
using Npgsql;

namespace Bailiwick.Silo.Audit;

/// <summary>
/// Gives the turns of dead silos their outcome, `unknown` (DESIGN.md section 8). Runs beside the sequencer on every gateway; what the
/// dead silo may still say comes as `amended`.
/// </summary>
internal sealed class Reaper(
    NpgsqlDataSource source, IIntake intake, INodes nodes, string silo, TimeProvider time, ILogger<Reaper> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private readonly OpenIntents _intents = new(source);
    private readonly Orphans _orphans = new();
    private long _closed;
    private bool _isBlind;

    /// <summary>Turns that this silo has closed for others.</summary>
    public long Closed => Interlocked.Read(ref _closed);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            do
            {
                await LookAsync(stoppingToken);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The other gateways go on.
        }
        finally
        {
            await source.DisposeAsync();
        }
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            var members = await nodes.ListAsync(cancellationToken);
            var due = _orphans.Due(await _intents.LookAsync(cancellationToken), members, time.GetElapsedTime(0));
            if (due.Count > 0 && intake.IsAvailable && Orphans.IsLead(members, silo))
            {
                await Task.WhenAll(due.Select(intent => CloseAsync(intent.Hash)));
                Interlocked.Add(ref _closed, due.Count);
                log.Reaped(due.Count);
            }

            _isBlind = false;
        }
        catch (Exception problem) when (problem is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            // Background loop: the database or the membership's grain is away, and is asked again.
            if (!_isBlind)
            {
                _isBlind = true;
                log.NotReaped(ProblemPlace.Of(problem));
            }
        }
    }

    private Task<TreeHash?> CloseAsync(TreeHash intent) => intake.CloseAsync(
        intent, origin => new OutcomeLeaf(origin, intent, Finish.Unknown, null, null, null, null), CancellationToken.None).AsTask();
}
