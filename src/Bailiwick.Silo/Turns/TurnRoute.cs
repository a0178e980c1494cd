using Bailiwick.Protocol;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Shards;

namespace Bailiwick.Silo.Turns;

/// <summary>Where one turn runs: picked, and picked again when its replica is lost. Owned by its <see cref="Turn"/>.</summary>
internal sealed class TurnRoute(TurnServices services, TurnRequest request, TurnAdmission admission, TurnProgress progress, string turn)
{
    /// <summary>Replicas that one turn may lose: a turn that kills decoders must not do so for ever.</summary>
    private const int MostLosses = 5;

    /// <summary>How long a turn that lost its replica waits for another one.</summary>
    private static readonly TimeSpan MovePatience = TimeSpan.FromSeconds(20);

    /// <summary>Where there is no other, a lost replica counts again after this, times the losses: perhaps only the way broke.</summary>
    private static readonly TimeSpan Forgive = TimeSpan.FromMilliseconds(200);

    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(50);

    private readonly List<Replica> _lost = [];

    public Replica Replica { get; private set; } = null!;

    /// <summary>Prompt and longest answer; 0 while the prompt is not counted.</summary>
    private int Tokens => progress.PromptTokens == 0 ? 0 : progress.PromptTokens + request.Submit.MaxTokens;

    /// <summary>Picks again, as soon as there is a replica.</summary>
    /// <returns>False where the turn ends instead, with a refusal unless its caller left.</returns>
    public async Task<(bool Moved, Refusal? Refusal)> MoveAsync(CancellationToken cancellationToken)
    {
        var began = services.Time.GetTimestamp();
        _lost.Add(Replica);
        var refusal = _lost.Count > MostLosses ? new Refusal(Errors.NoReplica, $"This turn lost {_lost.Count} replicas in a row.") : Pick();
        while (refusal is not null && _lost.Count <= MostLosses && services.Time.GetElapsedTime(began) < MovePatience)
        {
            // The snapshot is replaced about once a second; looking is cheap.
            await Task.Delay(LookAgain, services.Time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (cancellationToken.IsCancellationRequested)
            {
                return (false, null);
            }

            refusal = Pick() is null ? null : Pick(forgive: services.Time.GetElapsedTime(began) > _lost.Count * Forgive);
        }

        if (refusal is null)
        {
            services.Log.TurnMoved(turn, Replica.Node, (long)services.Time.GetElapsedTime(began).TotalMilliseconds);
        }

        return (refusal is null, refusal);
    }

    /// <returns>Null where there is a replica.</returns>
    public Refusal? Pick(bool forgive = false)
    {
        var model = services.Shards.Current.Find(admission.Model.Name) ?? admission.Model;
        var route = Router.Choose(model, new RouteRequest(admission.Verdict.Plan!.Silos, Tokens, turn)
        {
            Excluded = forgive ? [] : _lost,
            CpuClass = _lost.FirstOrDefault()?.Abilities?.CpuClass,
            Build = admission.Model.Build,
        });
        Replica = route switch { StartRoute start => start.Replica, QueueRoute queue => queue.Replica, _ => Replica };
        return (route as NoRoute)?.Refusal;
    }
}
