namespace Bailiwick.Silo.Sessions;

/// <summary>A gateway's hold on a line of turns, renewed until it is disposed. A grain that cannot be reached takes nothing away: the table is the fence.</summary>
internal sealed class SessionLease : IAsyncDisposable
{
    /// <summary>While a silo's death is being found out, its grains answer nobody.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(8);

    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(1);

    private readonly ISessionGrain _grain;
    private readonly string _holder;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _lost = new();
    private readonly CancellationTokenSource _ended = new();
    private readonly Task _renewing;

    private SessionLease(ISessionGrain grain, string holder, TimeProvider time)
    {
        (_grain, _holder, _time) = (grain, holder, time);
        _renewing = RenewAsync(_ended.Token);
    }

    public CancellationToken Lost => _lost.Token;

    /// <summary>Asks for it.</summary>
    /// <returns>A lease where it was granted, and not otherwise. Call <see cref="Hold"/> once the table has the turn.</returns>
    public static async Task<SessionGrant> AskAsync(ISessionGrain grain, string holder, TimeProvider time, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        while (true)
        {
            try
            {
                return await grain.BeginAsync(holder, cancellationToken);
            }
            catch (Exception problem) when (IsAway(problem))
            {
                if (time.GetElapsedTime(began) > Patience)
                {
                    return SessionGrant.Unavailable;
                }

                await Task.Delay(LookAgain, time, cancellationToken);
            }
        }
    }

    /// <summary>Begins to renew what was granted.</summary>
    public static SessionLease Hold(ISessionGrain grain, string holder, TimeProvider time) => new(grain, holder, time);

    /// <summary>Gives back what was granted and is not to be held; whoever cannot be told finds out by itself.</summary>
    public static async Task GiveBackAsync(ISessionGrain grain, string holder, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            await grain.EndAsync(holder, cancellationToken).WaitAsync(Farewell, time, cancellationToken);
        }
        catch (Exception problem) when (IsAway(problem))
        {
            // The lease runs out.
        }
    }

    /// <summary>What calls of a grain end with while its silo is dying or has left.</summary>
    public static bool IsAway(Exception problem) => problem is OrleansException or TimeoutException;

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await _renewing;
        await GiveBackAsync(_grain, _holder, _time, CancellationToken.None);
        _ended.Dispose();
        _lost.Dispose();
    }

    private async Task RenewAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(SessionGrain.Lease / 4, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                try
                {
                    if (!await _grain.RenewAsync(_holder, cancellationToken))
                    {
                        await _lost.CancelAsync();
                        return;
                    }
                }
                catch (Exception problem) when (IsAway(problem))
                {
                    // Its silo may be dying; the next activation learns from the table that this turn runs.
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The turn has ended.
        }
    }
}
