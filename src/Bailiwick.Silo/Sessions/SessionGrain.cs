using System.Net.Sockets;
using Npgsql;
using Orleans.Placement;

namespace Bailiwick.Silo.Sessions;

/// <summary>
/// One turn at a time. A new activation learns from the table who was running, and gives that one a whole lease to say that it still
/// is; a gateway that died says nothing and loses it.
/// </summary>
[Immovable]
internal sealed class SessionGrain(TurnTable table, TimeProvider time) : Grain, ISessionGrain
{
    /// <summary>How long a holder may be silent. Renewed four times as often.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(4);

    private bool _loaded;
    private string? _holder;
    private long _granted;

    private bool IsHeld => _holder is not null && time.GetElapsedTime(_granted) < Lease;

    public async Task<SessionGrant> BeginAsync(string holder, CancellationToken cancellationToken)
    {
        if (!await LoadAsync(cancellationToken))
        {
            return SessionGrant.Unavailable;
        }

        if (IsHeld && _holder != holder)
        {
            return SessionGrant.Busy;
        }

        Grant(holder);
        return SessionGrant.Granted;
    }

    public async Task<bool> RenewAsync(string holder, CancellationToken cancellationToken)
    {
        // Where this activation knows of nobody, the turn may have come into the table after it looked there: another one gave the lease.
        _loaded &= _holder is not null;
        if (!await LoadAsync(cancellationToken))
        {
            // Nobody else can begin either.
            return true;
        }

        if (_holder != holder)
        {
            return false;
        }

        Grant(holder);
        return true;
    }

    public Task EndAsync(string holder, CancellationToken cancellationToken)
    {
        if (_holder == holder)
        {
            _holder = null;
        }

        return Task.CompletedTask;
    }

    public async Task<bool> IsHeldAsync(string holder, CancellationToken cancellationToken) =>
        !await LoadAsync(cancellationToken) || (IsHeld && _holder == holder);

    private void Grant(string holder) => (_holder, _granted) = (holder, time.GetTimestamp());

    private async Task<bool> LoadAsync(CancellationToken cancellationToken)
    {
        if (_loaded)
        {
            return true;
        }

        try
        {
            if (await table.RunningAsync(this.GetPrimaryKeyString(), cancellationToken) is { } running)
            {
                Grant(running);
            }

            _loaded = true;
            return true;
        }
        catch (Exception problem) when (problem is NpgsqlException or TimeoutException or SocketException)
        {
            return false;
        }
    }
}
