using System.Collections.Concurrent;
using Bailiwick.Protocol;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Turns;

namespace Bailiwick.Silo.Api.Responses;

/// <summary>The turns of this gateway that go on without their clients, by the id of their response. Bounded; all end with it.</summary>
internal sealed class BackgroundTurns(ILogger<BackgroundTurns> log) : IAsyncDisposable
{
    /// <summary>Most at a time.</summary>
    public const int Most = 256;

    /// <summary>Most of one tenant: none of them takes the others' places.</summary>
    public const int MostOfATenant = 64;

    /// <summary>What whoever is one too many hears.</summary>
    public static Refusal Full { get; } = new(
        Errors.Queue, $"This gateway runs as many turns in the background as it does: {Most}, and {MostOfATenant} of one tenant.")
    {
        RetryAfter = TimeSpan.FromSeconds(5),
    };

    private readonly ConcurrentDictionary<string, (BackgroundTurn Turn, string Tenant, Task Running)> _running = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stopping = new();

    public BackgroundTurn? Find(string response) => _running.TryGetValue(response, out var found) ? found.Turn : null;

    /// <summary>Begins one.</summary>
    /// <param name="response">Id under which it is found.</param>
    /// <param name="caller">For whom it runs.</param>
    /// <param name="run">What it does.</param>
    /// <returns>Null where there are too many, or it runs already.</returns>
    public BackgroundTurn? Start(string response, Caller caller, Func<CancellationToken, IAsyncEnumerable<TurnEvent>> run)
    {
        var tenant = caller.Label.Tenant!;
        if (_running.Count >= Most || _running.Values.Count(entry => entry.Tenant == tenant) >= MostOfATenant || _stopping.IsCancellationRequested)
        {
            return null;
        }

        var turn = new BackgroundTurn();
        var begin = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!_running.TryAdd(response, (turn, tenant, RunAsync(begin.Task, response, turn, run, _stopping.Token))))
        {
            return null;
        }

        begin.SetResult();
        return turn;
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_running.Values.Select(entry => entry.Running));
        _stopping.Dispose();
    }

    private async Task RunAsync(
        Task begin, string response, BackgroundTurn turn, Func<CancellationToken, IAsyncEnumerable<TurnEvent>> run, CancellationToken cancellationToken)
    {
        await begin;
        try
        {
            await turn.RunAsync(run(cancellationToken), cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The gateway stops; another one runs it again when somebody asks.
        }
        catch (Exception problem)
        {
            // Loop border: nobody waits for this turn.
            log.BackgroundFailed(response, problem.GetType().Name, problem.StackTrace ?? "");
        }
        finally
        {
            _running.TryRemove(response, out _);
        }
    }
}
