using Bailiwick.Evidence;
using Bailiwick.Silo.Hosting;
using Npgsql;

namespace Bailiwick.Silo.Audit;

/// <summary>
/// Makes the tree of what the intakes wrote: several times a second it takes waiting records in, and signs the head when it is committed.
/// Each gateway has one; two at once do no harm, since the head moves by compare-and-swap.
/// </summary>
internal sealed class Sequencer : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly NpgsqlDataSource _source;
    private readonly TreeWriter _tree;
    private readonly CheckpointIssuer _issuer;
    private readonly PublishedCheckpoint _published;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private volatile string? _frozen;
    private bool _isAway;
    private long _lag;
    private long _covered;

    public Sequencer(SiloModel model, TimeProvider clock, ILogger<Sequencer> log)
        : this(model.Database.Sequencer!, model.Log!, clock, log)
    {
    }

    /// <param name="connectionString">Login that reads records and moves the head.</param>
    /// <param name="model">The log's key, and where its checkpoint is published.</param>
    /// <param name="clock">Interval and age.</param>
    /// <param name="log">Log lines.</param>
    public Sequencer(string connectionString, LogModel model, TimeProvider clock, ILogger<Sequencer> log)
    {
        (_clock, _log) = (clock, log);
        _source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString)
        {
            CancellationTimeout = -1,
            MaxPoolSize = 4,
            Options = "-c synchronous_commit=on",
        });
        var tiles = new PgTileStore(_source);
        _published = new PublishedCheckpoint(model.Published, model.Key.Key);
        _tree = new TreeWriter(_source, tiles);
        _issuer = new CheckpointIssuer(_source, tiles, model.Key, _published, clock, log);
        _covered = clock.GetTimestamp();
    }

    /// <summary>Why nothing is sequenced or signed any more; null while all is well. Ends with the process only.</summary>
    public string? FrozenBecause => _frozen;

    public bool IsFrozen => _frozen is not null;

    /// <summary>Records that are durable and not in the tree, as of the last look; at most <see cref="LogTable.MaxLag"/>.</summary>
    public long LagRecords => Interlocked.Read(ref _lag);

    /// <summary>Time since a signed checkpoint last covered every record that was ready to be sequenced.</summary>
    public TimeSpan CheckpointAge => _clock.GetElapsedTime(Interlocked.Read(ref _covered));

    /// <summary>One look: take in what waits, sign. Called by the loop; not for two callers at once.</summary>
    /// <returns>True if more waits.</returns>
    public async Task<bool> RunOnceAsync(CancellationToken cancellationToken)
    {
        if (IsFrozen)
        {
            return false;
        }

        try
        {
            var hasMore = await SequenceAsync(cancellationToken);
            if (_isAway && !IsFrozen)
            {
                _isAway = false;
                _log.SequencedAgain();
            }

            return hasMore;
        }
        catch (EvidenceMissingException problem)
        {
            Freeze($"the tree in PostgreSQL is damaged: {problem.Fault}.");
        }
        catch (Exception problem) when (RecordTable.IsAway(problem) || problem is UnauthorizedAccessException)
        {
            if (!_isAway)
            {
                _isAway = true;
                _log.NotSequenced(ProblemPlace.Of(problem));
            }
        }

        return false;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, _clock);
        try
        {
            do
            {
                while (await RunOnceAsync(stoppingToken))
                {
                    stoppingToken.ThrowIfCancellationRequested();
                }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The other gateways go on; what is half done is rolled back.
            _log.SequencerStopped();
        }
        finally
        {
            await _source.DisposeAsync();
        }
    }

    private async Task<bool> SequenceAsync(CancellationToken cancellationToken)
    {
        var look = await LogTable.LookAsync(_source, cancellationToken);
        if (Durability.Fault(look.Settings) is { } unsafeServer)
        {
            Freeze(unsafeServer);
            return false;
        }

        if (!look.IsBehind && _issuer.HasCovered(look.Head))
        {
            Interlocked.Exchange(ref _lag, 0);
            Interlocked.Exchange(ref _covered, _clock.GetTimestamp());
            return false;
        }

        // Signing before appending: a restored database is found before anything is added to it.
        if (await _issuer.CoverAsync(cancellationToken) is { } before)
        {
            Freeze(before);
            return false;
        }

        var hasMore = await _tree.AppendAsync(cancellationToken);
        if (await _issuer.CoverAsync(cancellationToken) is { } contradiction)
        {
            Freeze(contradiction);
            return false;
        }

        var head = await LogTable.HeadAsync(_source, cancellationToken);
        Interlocked.Exchange(ref _lag, await LogTable.LagAsync(_source, head, cancellationToken));
        if (!hasMore && _issuer.Covered == head.Size)
        {
            Interlocked.Exchange(ref _covered, _clock.GetTimestamp());
        }

        return hasMore;
    }

    private void Freeze(string reason)
    {
        _frozen = reason;
        _log.Frozen(reason);
    }
}
