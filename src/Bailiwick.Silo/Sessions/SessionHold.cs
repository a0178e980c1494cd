using System.Net.Sockets;
using Bailiwick.Silo.Hosting;
using Npgsql;

namespace Bailiwick.Silo.Sessions;

/// <summary>A running turn's hold on its row. One owner: the turn.</summary>
internal sealed class SessionHold(
    TurnTable turns, SessionVault vault, TurnRow row, long epoch, IReadOnlyList<StoredTurn> history, SessionLease lease, TimeProvider time)
    : ISessionHold
{
    /// <summary>How long an answer waits for the table before its caller is told that it was not kept.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan TryAgain = TimeSpan.FromMilliseconds(250);

    public IReadOnlyList<StoredTurn> History => history;

    public CancellationToken Lost => lease.Lost;

    public async Task<Refusal?> EndAsync(SessionEnd end, CancellationToken cancellationToken)
    {
        var answer = end.Answer is { } kept ? vault.CloseAnswer(StoredForms.Of(kept, row.Label), row.Id, row.Label.Tenant!, epoch) : null;
        var began = time.GetTimestamp();
        while (true)
        {
            try
            {
                return await turns.EndAsync(row.Id, row.Attempt, end.State, answer, end.Code, time.GetUtcNow(), cancellationToken)
                    ? null : SessionRefusals.Lost;
            }
            catch (Exception problem) when (problem is NpgsqlException or TimeoutException or SocketException)
            {
                // A turn without an answer may as well be found lost.
                if (answer is null || time.GetElapsedTime(began) > Patience)
                {
                    return SessionRefusals.Away;
                }
            }

            await Task.Delay(TryAgain, time, cancellationToken);
        }
    }

    public ValueTask DisposeAsync() => lease.DisposeAsync();
}
