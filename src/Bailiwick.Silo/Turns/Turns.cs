using System.Runtime.CompilerServices;

namespace Bailiwick.Silo.Turns;

/// <summary>Runs turns: one <see cref="Turn"/> per request.</summary>
internal sealed class Turns(TurnServices services, LastAnswer last) : ITurns
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
