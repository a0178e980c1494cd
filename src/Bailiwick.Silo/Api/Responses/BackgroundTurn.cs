using System.Runtime.CompilerServices;
using Bailiwick.Silo.Turns;

namespace Bailiwick.Silo.Api.Responses;

/// <summary>
/// A turn that goes on without its client: what it has told so far, for any number of readers. What failed has no answer: its pieces go
/// at once, since it may have been erased, and readers who are behind hear of the failure next.
/// </summary>
internal sealed class BackgroundTurn
{
    private readonly Lock _gate = new();
    private readonly List<TurnEvent> _events = [];
    private TaskCompletionSource _more = NewSignal();
    private TurnFailed? _failed;
    private bool _ended;

    /// <summary>Completed with the first event; false where there was none.</summary>
    public async Task<TurnEvent?> FirstAsync(CancellationToken cancellationToken)
    {
        await foreach (var first in FollowAsync(cancellationToken))
        {
            return first;
        }

        return null;
    }

    /// <summary>All events from the beginning.</summary>
    public async IAsyncEnumerable<TurnEvent> FollowAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var at = 0; ;)
        {
            TurnEvent? next;
            TurnFailed? failed;
            Task more;
            lock (_gate)
            {
                failed = _failed;
                next = at < _events.Count ? _events[at] : null;
                more = _more.Task;
                if (next is null && _ended && failed is null)
                {
                    yield break;
                }
            }

            if (failed is not null)
            {
                yield return at == 0 ? new TurnRefused(failed.Refusal) : failed;
                yield break;
            }

            if (next is null)
            {
                await more.WaitAsync(cancellationToken);
                continue;
            }

            at++;
            yield return next;
        }
    }

    /// <summary>Runs it to its end.</summary>
    public async Task RunAsync(IAsyncEnumerable<TurnEvent> events, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var next in events.WithCancellation(cancellationToken))
            {
                // Tokens are valid until the next event only.
                Tell(next is TurnTokens tokens ? new TurnTokens([.. tokens.Tokens]) : next, ended: false);
            }
        }
        finally
        {
            Tell(null, ended: true);
        }
    }

    private void Tell(TurnEvent? next, bool ended)
    {
        TaskCompletionSource told;
        lock (_gate)
        {
            if (next is TurnFailed failed)
            {
                _failed = failed;
                _events.Clear();
            }
            else if (next is not null)
            {
                _events.Add(next);
            }

            _ended |= ended;
            (told, _more) = (_more, NewSignal());
        }

        told.SetResult();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
