namespace Bailiwick.EndToEnd.Tests.Silo;

/// <summary>Waits until something holds.</summary>
internal static class Condition
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    /// <param name="phase">What is waited for; stands in the time-out's message with the last state seen.</param>
    /// <param name="patience">After that the wait fails.</param>
    /// <param name="look">Whether it holds, and the state.</param>
    public static async Task HoldsAsync(string phase, TimeSpan patience, Func<CancellationToken, Task<(bool Holds, string State)>> look)
    {
        var state = "nothing seen";
        using var timeout = new CancellationTokenSource(patience);
        try
        {
            for (var holds = false; !holds; (holds, state) = await look(timeout.Token))
            {
                await Task.Delay(Interval, TimeProvider.System, timeout.Token);
            }
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            throw new TimeoutException($"{phase}: not within {patience}; last state: {state}");
        }
    }
}
