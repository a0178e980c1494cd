using System.Runtime.CompilerServices;

namespace Bailiwick.Silo.Turns;

/// <summary>Runs turns within their limits: one <see cref="Turn"/> per request, none where the same request was answered before.</summary>
internal sealed class Turns : ITurns, IKeptTurns
{
    private readonly TurnServices _services;
    private readonly TurnLimits _limits;
    private readonly LastAnswer _last;
    private readonly KeptTurns _kept;

    public Turns(TurnServices services, IFollowing following, TurnLimits limits, LastAnswer last)
    {
        (_services, _limits, _last) = (services, limits, last);
        _kept = new KeptTurns(services.Sessions, following, new ReaderWatch(services.Callers, services.Policy), services.Time, RunNewAsync);
    }

    public IAsyncEnumerable<TurnEvent> RunAsync(TurnRequest request, Caller caller, CancellationToken cancellationToken) =>
        request.Keep?.Idempotency is null ? RunNewAsync(request, caller, cancellationToken) : _kept.RunAsync(request, caller, cancellationToken);

    public IAsyncEnumerable<TurnEvent> FollowAsync(string kept, Caller caller, CancellationToken cancellationToken) =>
        _kept.FollowAsync(kept, caller, cancellationToken);

    private async IAsyncEnumerable<TurnEvent> RunNewAsync(
        TurnRequest request, Caller caller, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        request.Submit.Sampling ??= new();
        if (!request.SeedGiven)
        {
            request.Submit.Sampling.Seed = _services.Seeds();
        }

        using var meter = new TurnMeter(_services.Instruments, request, _services.Time);
        if (_limits.Take(caller, request) is { } refusal)
        {
            var refused = new TurnRefused(refusal);
            meter.Saw(refused);
            yield return refused;
            yield break;
        }

        await using var turn = new Turn(_services, request, caller, meter);
        await foreach (var happened in turn.RunAsync(cancellationToken))
        {
            meter.Saw(happened);
            if (happened is TurnStarted or TurnEnded)
            {
                _last.Saw();
            }

            yield return happened;
        }
    }
}
