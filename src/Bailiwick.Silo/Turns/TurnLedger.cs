using Bailiwick.Evidence;
using Bailiwick.Protocol.Receipts;

namespace Bailiwick.Silo.Turns;

/// <summary>The records of one turn: an intent, where it moved, and for every intent exactly one outcome.</summary>
internal sealed class TurnLedger(TurnServices services, string turn)
{
    private Task<TreeHash?>? _pending;

    /// <summary>Leaf hash of the intent; null before it is durable.</summary>
    public TreeHash? Intent { get; private set; }

    /// <summary>Begins to write a record; what follows waits in <see cref="SettleAsync"/>. Not cancelled: a record that may be durable counts.</summary>
    public void Begin(Func<LeafOrigin, Leaf> record) => _pending = services.Intake.WriteAsync(record, CancellationToken.None).AsTask();

    /// <summary>Waits for the record that was begun; at once where nothing is under way.</summary>
    /// <returns>False where it cannot be written, or none was begun: nothing may leave.</returns>
    public async ValueTask<bool> SettleAsync()
    {
        if (_pending is not { } pending)
        {
            return Intent is not null;
        }

        var hash = await pending;
        _pending = null;
        Intent ??= hash;
        return hash is not null;
    }

    /// <summary>Writes the outcome, whatever the caller does meanwhile; null where there is no intent.</summary>
    public async Task<Receipt?> CloseAsync(Finish finish, TurnProgress progress, string build, ulong seed)
    {
        await SettleAsync();
        if (Intent is not { } intent)
        {
            return null;
        }

        var record = TurnRecords.Outcome(intent, finish, progress);
        var outcome = await services.Intake.CloseAsync(intent, record, CancellationToken.None);
        if (outcome is null)
        {
            services.Log.OutcomeLost(turn);
        }

        return new Receipt
        {
            Log = services.LogOrigin,
            Turn = turn,
            Build = build,
            Seed = (long)seed,
            Intent = intent.ToHex(),
            Outcome = outcome?.ToHex(),
            PromptSalt = progress.PromptSalt,
            AnswerSalt = progress.AnswerSalt,
        };
    }
}
