using Bailiwick.Protocol.Decoder;
using Bailiwick.Residency;

namespace Bailiwick.Silo.Turns;

/// <summary>A kept turn while this gateway runs it: its answer so far, for its own end and for whoever follows it.</summary>
/// <param name="id">Under which it is kept.</param>
/// <param name="label">That it works under.</param>
internal sealed class RunningTurn(string id, Label label)
{
    /// <summary>How long a reader hears nothing: its heartbeat.</summary>
    private static readonly TimeSpan Heartbeat = TimeSpan.FromMilliseconds(250);

    private readonly Lock _gate = new();
    private readonly List<DecodedToken> _tokens = [];
    private TaskCompletionSource? _more;
    private TurnStarted? _started;
    private TurnFailed? _failed;
    private bool _ended;

    public string Id { get; } = id;

    public Label Label { get; } = label;

    /// <summary>Only its own turn adds to them.</summary>
    public IReadOnlyList<DecodedToken> Tokens => _tokens;

    public void Start(TurnStarted started)
    {
        lock (_gate)
        {
            _started = started;
        }

        Wake();
    }

    public void Add(IReadOnlyList<DecodedToken> tokens)
    {
        lock (_gate)
        {
            _tokens.AddRange(tokens);
        }

        Wake();
    }

    /// <summary>
    /// It has ended, and the store has what stays of it. Its tokens go at once: what failed has no answer, and it may have been erased.
    /// </summary>
    /// <param name="failed">What its caller hears and readers here hear too; null = the store tells the end. Said again, it is not heard.</param>
    public void End(TurnFailed? failed)
    {
        lock (_gate)
        {
            _failed = _ended ? _failed : failed;
            _ended = true;
            _tokens.Clear();
        }

        Wake();
    }

    /// <summary>What a reader does not have: at once, or as soon as there is something; nothing new after a heartbeat.</summary>
    /// <param name="from">Tokens that the reader has; -1 = not even the start.</param>
    /// <param name="time">Clock.</param>
    /// <param name="cancellationToken">Leaves.</param>
    /// <returns>Null where the turn has ended and the store tells the rest.</returns>
    public async Task<TurnSoFar?> ReadAsync(int from, TimeProvider time, CancellationToken cancellationToken)
    {
        Task more;
        lock (_gate)
        {
            if (_ended || HasMore(from))
            {
                return SoFar(from);
            }

            more = (_more ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }

        using var quiet = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(more, Task.Delay(Heartbeat, time, quiet.Token));
        await quiet.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            return SoFar(from);
        }
    }

    private bool HasMore(int from) => _started is not null && (from < 0 || _tokens.Count > from);

    private TurnSoFar? SoFar(int from) =>
        _failed is not null ? new TurnSoFar(null, []) { Failed = _failed }
        : _ended ? null
        : new TurnSoFar(_started, _started is null ? [] : [.. _tokens.Skip(from)]);

    private void Wake()
    {
        TaskCompletionSource? waiting;
        lock (_gate)
        {
            (waiting, _more) = (_more, null);
        }

        waiting?.SetResult();
    }
}

/// <summary>What a running turn has told beyond what its reader has.</summary>
/// <param name="Started">Null while nothing has left.</param>
/// <param name="Tokens">New ones; may be none.</param>
internal sealed record TurnSoFar(TurnStarted? Started, IReadOnlyList<DecodedToken> Tokens)
{
    /// <summary>Its last event, in the words that its caller hears; of a turn of this gateway alone.</summary>
    public TurnFailed? Failed { get; init; }
}
