using System.Collections.Concurrent;
using Bailiwick.Protocol;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Turns;

namespace Bailiwick.Silo.Api.Responses;

/// <summary>
/// The turns of this gateway that go on without their clients, by the id of their response. Bounded; all end with it. It runs them to their
/// ends and keeps nothing of what they tell: who wants to hear of one follows it, as any kept turn.
/// </summary>
internal sealed class BackgroundTurns(RunningTurns turns, ILogger<BackgroundTurns> log) : IAsyncDisposable
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

    private readonly ConcurrentDictionary<string, (string Tenant, Task<TurnEvent?> First, Task Running)> _running = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stopping = CancellationTokenSource.CreateLinkedTokenSource(turns.Leaving);

    /// <summary>Begins one, where it does not run already.</summary>
    /// <param name="response">Id that it is known by here.</param>
    /// <param name="caller">For whom it runs.</param>
    /// <param name="run">What it does.</param>
    /// <param name="cancellationToken">Waits no longer; what was begun goes on.</param>
    /// <returns>
    /// Its first event: it has begun and is kept under the id that <see cref="TurnStarted.Kept"/> names, or it was refused, also where there
    /// are too many. Null where it broke before either.
    /// </returns>
    public Task<TurnEvent?> StartAsync(
        string response, Caller caller, Func<CancellationToken, IAsyncEnumerable<TurnEvent>> run, CancellationToken cancellationToken)
    {
        if (_running.TryGetValue(response, out var running))
        {
            return running.First.WaitAsync(cancellationToken);
        }

        var tenant = caller.Label.Tenant!;
        if (_running.Count >= Most || _running.Values.Count(entry => entry.Tenant == tenant) >= MostOfATenant || _stopping.IsCancellationRequested)
        {
            return Task.FromResult<TurnEvent?>(new TurnRefused(Full));
        }

        var begin = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var first = new TaskCompletionSource<TurnEvent?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var added = _running.GetOrAdd(response, (tenant, first.Task, RunAsync(begin.Task, response, first, run, _stopping.Token)));
        if (added.First == first.Task)
        {
            begin.SetResult();
        }

        return added.First.WaitAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_running.Values.Select(entry => entry.Running));
        _stopping.Dispose();
    }

    private async Task RunAsync(
        Task begin, string response, TaskCompletionSource<TurnEvent?> first, Func<CancellationToken, IAsyncEnumerable<TurnEvent>> run,
        CancellationToken cancellationToken)
    {
        await begin;
        try
        {
            await foreach (var next in run(cancellationToken).WithCancellation(cancellationToken))
            {
                first.TrySetResult(next);
            }
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
            first.TrySetResult(null);
        }
    }
}
