namespace Bailiwick.Protocol.Decoder;

/// <summary>Decides whether a decoder is still alive. Pure: times come in; nothing here waits. Single-threaded.</summary>
internal sealed class ProgressWatch(TimeSpan loadTimeout, TimeSpan hangTimeout, TimeSpan startedAt)
{
    private TimeSpan _lastProgress = startedAt;
    private long _iterations = -1;
    private bool _ready;

    /// <summary>The model is loaded: from now on the loop must move.</summary>
    public void Ready(TimeSpan now) => (_ready, _lastProgress) = (true, now);

    /// <summary>A heartbeat: only a grown count is progress, a heartbeat by itself is not.</summary>
    public void Heartbeat(long iterations, TimeSpan now)
    {
        if (iterations > _iterations)
        {
            (_iterations, _lastProgress) = (iterations, now);
        }
    }

    /// <summary>What is wrong; null while all is well.</summary>
    public LossKind? Verdict(TimeSpan now) => (_ready, now - _lastProgress) switch
    {
        (false, var since) when since > loadTimeout => LossKind.LoadTimeout,
        (true, var since) when since > hangTimeout => LossKind.Hung,
        _ => null,
    };
}
