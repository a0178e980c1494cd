namespace Bailiwick.Protocol.Decoder;

/// <summary>Whether and when a lost decoder is started again. Pure: times come in, a decision goes out.</summary>
/// <remarks>Single-threaded.</remarks>
internal sealed class RestartPolicy(DecoderLinkOptions options)
{
    private readonly Queue<TimeSpan> _losses = new();

    /// <param name="now">Time since any fixed point; never goes back.</param>
    /// <returns>How long to wait before the restart; null when there have been too many losses.</returns>
    public TimeSpan? NextDelay(TimeSpan now)
    {
        while (_losses.TryPeek(out var oldest) && now - oldest > options.RestartWindow)
        {
            _losses.Dequeue();
        }

        _losses.Enqueue(now);
        if (_losses.Count > options.MaxRestarts)
        {
            return null;
        }

        // The first restart is immediate: most losses are single, and turns wait for it.
        var doublings = _losses.Count - 2;
        return doublings < 0
            ? TimeSpan.Zero
            : TimeSpan.FromTicks((long)Math.Min(
                options.MaxRestartDelay.Ticks, options.RestartDelay.Ticks * Math.Pow(2, doublings)));
    }
}
