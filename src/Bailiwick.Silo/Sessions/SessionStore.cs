using System.Net.Sockets;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Residency;
using Bailiwick.Residency.Requests;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Policy;
using Npgsql;
using Label = Bailiwick.Residency.Label;

namespace Bailiwick.Silo.Sessions;

/// <summary>The tables, the seal and the grains behind <see cref="ISessionStore"/>. Keeps nothing in memory between two calls.</summary>
internal sealed class SessionStore(
    SessionsModel model, TurnTable turns, ConversationTable conversations, SessionVault vault, IGrainFactory grains, IPolicyBoard policy,
    TimeProvider time) : ISessionStore
{
    public Place? Place => model.Place;

    public Task<Kept<SessionBefore>> BeforeAsync(Keeping keep, string tenant, CancellationToken cancellationToken) => ReachAsync(async () =>
    {
        if (keep.Conversation is { } conversation)
        {
            return await conversations.FindAsync(conversation, tenant, cancellationToken) is { } found
                ? new SessionBefore(found.Label)
                : (Kept<SessionBefore>)SessionRefusals.NoConversation;
        }

        if (keep.Attempt > 1)
        {
            // Run again for a reader whose own label may lie below: what was asked stays what it was.
            return Before(await turns.FindAsync(keep.Id!, tenant, cancellationToken));
        }

        return keep.Previous is { } previous
            ? Before(await turns.FindAsync(previous, tenant, cancellationToken) is { Visible: true, HasAnswer: true } row ? row : null)
            : new SessionBefore(null);
    });

    /// <summary>The label of a turn, of which its column is not the last word.</summary>
    private Kept<SessionBefore> Before(TurnRow? row) =>
        row is null ? SessionRefusals.NoTurn
        : !policy.TryGet(out var guard, out var stale) ? stale
        : vault.TryOpen(row, guard.Snapshot.Vocabulary, out var turn) ? new SessionBefore(turn.Label)
        : (Kept<SessionBefore>)SessionRefusals.Unopened;

    public Task<Kept<SessionFinding>> FindAsync(Keeping keep, SessionReader reader, CancellationToken cancellationToken) => ReachAsync(async () =>
    {
        var tenant = reader.Label.Tenant!;
        var row = keep.Idempotency is { } key
            ? await turns.FindByKeyAsync(key.Name(tenant, reader.KeyId), cancellationToken)
            : await turns.FindAsync(keep.Id!, tenant, cancellationToken);
        if (row is null || !(row.Visible || row.Owner == reader.KeyId))
        {
            return keep.Idempotency is null ? SessionRefusals.NoTurn : (Kept<SessionFinding>)new SessionFinding(null, false);
        }

        if (!policy.TryGet(out var guard, out var stale))
        {
            return stale;
        }

        if (SessionAccess.Read(guard.Snapshot, row.Label, reader) is { } denied)
        {
            return denied;
        }

        return !vault.TryOpen(row, guard.Snapshot.Vocabulary, out var turn) ? SessionRefusals.Unopened
            : SessionAccess.Read(guard.Snapshot, turn.Label, reader) is { } above ? above
            : (Kept<SessionFinding>)new SessionFinding(turn, row.State is TurnState.Running && await IsHeldAsync(row, cancellationToken));
    });

    public Task<Kept<IReadOnlyList<StoredTurn>>> HistoryAsync(Admitted<TextCall> admitted, Keeping recall, CancellationToken cancellationToken)
    {
        Demand(admitted);
        return ReachAsync(() => OpenHistoryAsync(recall, "", admitted.Labels.Requested!, cancellationToken));
    }

    public async Task<Kept<ISessionHold>> BeginAsync(Admitted<Submit> admitted, SessionBegin begin, CancellationToken cancellationToken)
    {
        var keep = begin.Keep;
        Demand(admitted);
        var grain = grains.GetGrain<ISessionGrain>(keep.Conversation ?? begin.Id);
        var grant = await SessionLease.AskAsync(grain, begin.Turn, time, cancellationToken);
        if (grant is not SessionGrant.Granted)
        {
            return new(null, grant is SessionGrant.Busy ? SessionRefusals.Busy : SessionRefusals.Away);
        }

        // From here on not cancelled: a row that runs needs somebody who ends it. Each statement ends within its time-out.
        var row = Row(admitted, begin);
        var begun = await ReachAsync(() => BeginAsync(row, keep, begin.Before, CancellationToken.None));
        if (begun.Value is { } opened)
        {
            return new(new SessionHold(turns, vault, row, admitted.Permit.Epoch, opened, SessionLease.Hold(grain, begin.Turn, time), time), null);
        }

        await SessionLease.GiveBackAsync(grain, begin.Turn, time, CancellationToken.None);
        return new(null, begun.Refusal);
    }

    private async Task<Kept<IReadOnlyList<StoredTurn>>> BeginAsync(TurnRow row, Keeping keep, Label? seen, CancellationToken cancellationToken)
    {
        if (!await turns.BeginAsync(row, seen?.Class, cancellationToken))
        {
            return keep.Conversation is { } gone && await conversations.FindAsync(gone, row.Label.Tenant!, cancellationToken) is null
                ? SessionRefusals.NoConversation : SessionRefusals.Busy;
        }

        var before = await OpenHistoryAsync(keep, row.Id, row.Label, cancellationToken);
        if (before.Refusal is { } refusal)
        {
            await turns.EndAsync(row.Id, row.Attempt, TurnState.Failed, null, refusal.Row.Code, time.GetUtcNow(), cancellationToken);
        }

        return before;
    }

    /// <summary>The store's own failures as a refusal; whatever else fails is a bug.</summary>
    internal static async Task<Kept<T>> ReachAsync<T>(Func<Task<Kept<T>>> act)
        where T : class
    {
        try
        {
            return await act();
        }
        catch (Exception problem) when (problem is NpgsqlException or TimeoutException or SocketException)
        {
            return SessionRefusals.Away;
        }
    }

    private void Demand<T>(Admitted<T> admitted)
    {
        if (!admitted.MayReach(Destination.At(DestinationKind.SessionStore, model.Place)))
        {
            throw new InvalidOperationException("The payload was not let in to the store.");
        }
    }

    /// <summary>What comes before a turn, without itself; all of it under the label that the turn was let in for.</summary>
    private async Task<Kept<IReadOnlyList<StoredTurn>>> OpenHistoryAsync(Keeping keep, string self, Label admitted, CancellationToken cancellationToken)
    {
        if (!policy.TryGet(out var guard, out var stale))
        {
            return stale;
        }

        var before = keep.Conversation is { } conversation ? await turns.HistoryAsync(conversation, self, cancellationToken)
            : keep.Previous is { } previous ? await turns.ChainAsync(previous, admitted.Tenant!, cancellationToken)
            : [];
        // What was removed between the look and now is no history: nothing is answered without it.
        return before.Sum(row => (long)row.Bytes) > TurnTable.MostOfHistory ? SessionRefusals.TooLong
            : keep.Previous is { } last && keep.Conversation is null && before.LastOrDefault()?.Id != last ? SessionRefusals.NoTurn
            : vault.OpenAll(before, guard.Snapshot.Vocabulary) is not { } history ? SessionRefusals.Unopened
            : SessionAccess.Covers(guard.Snapshot, admitted, history) ? new Kept<IReadOnlyList<StoredTurn>>(history, null)
            : SessionRefusals.Above;
    }

    private async Task<bool> IsHeldAsync(TurnRow row, CancellationToken cancellationToken)
    {
        try
        {
            return await grains.GetGrain<ISessionGrain>(row.Line).IsHeldAsync(row.Turn, cancellationToken);
        }
        catch (Exception problem) when (SessionLease.IsAway(problem))
        {
            // Its silo is dying; who asks again will hear.
            return true;
        }
    }

    private TurnRow Row(Admitted<Submit> admitted, SessionBegin begin)
    {
        var (keep, submit, label) = (begin.Keep, admitted.Payload, admitted.Labels.Requested!);
        var request = StoredForms.Of(submit, keep, begin.Raise, label);
        var life = KeptObligations.Life(model.Retention, admitted.Obligations);
        return new TurnRow
        {
            Id = begin.Id,
            Conversation = keep.Conversation,
            Previous = keep.Previous,
            Owner = begin.Owner,
            Visible = keep.IsVisible,
            Idempotency = keep.Idempotency?.Name(label.Tenant!, begin.Owner),
            State = TurnState.Running,
            Attempt = keep.Attempt,
            Label = label,
            Model = begin.Model,
            Seed = (long)submit.Sampling.Seed,
            Turn = begin.Turn,
            Request = vault.CloseRequest(request, begin.Id, label.Tenant!, admitted.Permit.Epoch),
            Created = begin.At,
            Idempotent = keep.Idempotency is null ? null : begin.At + IdempotencyKey.Life,
            Expires = begin.At + (keep.IsVisible || life < IdempotencyKey.Life ? life : IdempotencyKey.Life),
        };
    }
}
