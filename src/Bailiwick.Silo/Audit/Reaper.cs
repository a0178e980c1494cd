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

    /// <summary>Looks between two notes of how far all turns are closed: a gateway that starts has a minute of the log to look through.</summary>
    private const int LooksToRemember = 30;

    private readonly OpenIntents _intents = new(source);
    private readonly Orphans _orphans = new();
    private long _closed;
    private int _looks;
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
                // Null where no record could be written: it is due again at the next look.
                var closed = (await Task.WhenAll(due.Select(intent => CloseAsync(intent.Hash)))).Count(outcome => outcome is not null);
                Interlocked.Add(ref _closed, closed);
                log.Reaped(closed);
            }

            if (++_looks % LooksToRemember == 0)
            {
                await _intents.RememberAsync(cancellationToken);
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
