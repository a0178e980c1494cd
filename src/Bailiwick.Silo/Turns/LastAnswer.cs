namespace Bailiwick.Silo.Turns;

/// <summary>When an answer last began or ended at this gateway: a token came through the real path. Thread-safe.</summary>
internal sealed class LastAnswer(TimeProvider time)
{
    private const long Never = long.MinValue;

    private long _at = Never;

    /// <summary>Time since then; null while there was none.</summary>
    public TimeSpan? Age => Interlocked.Read(ref _at) is var at && at == Never ? null : time.GetElapsedTime(at);

    public void Saw() => Interlocked.Exchange(ref _at, time.GetTimestamp());
}
