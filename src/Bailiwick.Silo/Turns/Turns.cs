using System.Runtime.CompilerServices;

namespace Bailiwick.Silo.Turns;

/// <summary>Runs turns within their limits: one <see cref="Turn"/> per request.</summary>
internal sealed class Turns(TurnServices services, TurnLimits limits, LastAnswer last) : ITurns
{
    public async IAsyncEnumerable<TurnEvent> RunAsync(
        TurnRequest request, Caller caller, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        request.Submit.Sampling ??= new();
        if (!request.SeedGiven)
        {
            request.Submit.Sampling.Seed = services.Seeds();
        }

        using var meter = new TurnMeter(services.Instruments, request, services.Time);
        if (limits.Take(caller, request) is { } refusal)
        {
            var refused = new TurnRefused(refusal);
            meter.Saw(refused);
            yield return refused;
            yield break;
        }

        using var turn = new Turn(services, request, caller, meter);
        await foreach (var happened in turn.RunAsync(cancellationToken))
        {
            meter.Saw(happened);
            if (happened is TurnStarted or TurnEnded)
            {
                last.Saw();
            }

            yield return happened;
        }
    }
}
