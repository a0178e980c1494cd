using Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Protocol.Decoder;

/// <summary>One turn in flight: its events to come, and what a resume needs. Guarded by its <see cref="TurnTable"/>'s lock.</summary>
internal sealed class ActiveTurn
{
    private readonly ITurnSink _sink;
    private readonly TimeSpan _receivedAt;
    private readonly long _deadlineMs;
    private string? _promptDigest;
    private int _forcedSeen;
    private int _delivered;
    private bool _resuming;
    private bool _started;

    /// <param name="request">Owned by the turn; its `emitted` grows with every token, so that it is the resume request.</param>
    /// <param name="sink">Gets the events.</param>
    /// <param name="now">Time of receipt, against which the deadline counts.</param>
    public ActiveTurn(Submit request, ITurnSink sink, TimeSpan now)
    {
        Request = request;
        _sink = sink;
        _receivedAt = now;
        _deadlineMs = request.DeadlineMs;
    }

    public Submit Request { get; }

    /// <summary>How the turn ended; null while it runs.</summary>
    public Finished? Finished { get; private set; }

    /// <summary>The decoder has been told of the turn.</summary>
    public bool Submitted { get; private set; }

    public bool CancelRequested { get; set; }

    /// <summary>Ends a turn whose cancelling was not answered.</summary>
    public ITimer? CancelTimer { get; set; }

    /// <summary>It got something and stands in its table's list of those that are to be flushed.</summary>
    public bool Touched { get; set; }

    /// <summary>Decoders that this turn has lost.</summary>
    public int Losses { get; private set; }

    public void Lost() => (Submitted, Losses) = (false, Losses + 1);

    /// <summary>Readies the request for a (new) decoder; false when the deadline has passed meanwhile.</summary>
    public bool TryPrepare(TimeSpan now)
    {
        if (_deadlineMs > 0)
        {
            Request.DeadlineMs = _deadlineMs - (long)(now - _receivedAt).TotalMilliseconds;
            if (Request.DeadlineMs <= 0)
            {
                return false;
            }
        }

        (Submitted, _resuming, _forcedSeen) = (true, Losses > 0, 0);
        return true;
    }

    /// <summary>Passes Started on once; a resume's Started only proves that the prompt is the same.</summary>
    public bool TryStart(Started started)
    {
        var same = _promptDigest is null || _promptDigest == started.PromptSha256;
        _promptDigest ??= started.PromptSha256;
        if (!same)
        {
            return false;
        }

        if (!_started)
        {
            _started = true;
            _sink.OnStarted(started);
        }

        return true;
    }

    /// <summary>Passes a token on; false when the consumer is too far behind.</summary>
    public bool TryAdd(in RawToken token)
    {
        if (token.Forced && _forcedSeen++ < _delivered)
        {
            return true;
        }

        if (_resuming)
        {
            _resuming = false;
            if (!_sink.TryResume(Request.Emitted.Count))
            {
                return false;
            }
        }

        if (!_sink.TryAdd(token.Bytes))
        {
            return false;
        }

        _delivered++;
        if (!token.Forced)
        {
            Request.Emitted.Add(token.Id);
        }

        return true;
    }

    /// <summary>Ends the turn; only the first call counts.</summary>
    public void Finish(Finished finished)
    {
        if (Finished is null)
        {
            Finished = finished;
            CancelTimer?.Dispose();
            _sink.OnFinished(finished);
        }
    }

    /// <summary>Lets the consumer know what it got.</summary>
    public void Flush() => _sink.Flush();
}
