using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Bailiwick.Evidence;
using Bailiwick.Protocol;
using Bailiwick.Residency;
using Bailiwick.Residency.Decisions;
using Bailiwick.Silo.Audit;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Policy;

namespace Bailiwick.Silo.Sessions;

/// <summary>What is kept, for doors: tenant, then policy, then the tables.</summary>
internal sealed partial class Conversations(
    SessionsModel model, TurnTable turns, ConversationTable conversations, SessionVault vault, IGrainFactory grains, IPolicyBoard policy,
    IIntake intake, TimeProvider time) : IConversations
{
    private const int MostPairs = 16;
    private const int LongestName = 64;
    private const int LongestValue = 512;

    /// <summary>Times that a key's conversation may be removed between two statements; then others with the same key do nothing else.</summary>
    private const int MostBegun = 3;

    private static readonly TimeSpan RevokePatience = TimeSpan.FromSeconds(3);

    public Task<Kept<Conversation>> CreateAsync(NewConversation asked, SessionReader reader, CancellationToken cancellationToken) =>
        SessionStore.ReachAsync<Conversation>(async () =>
        {
            if (MetadataFault(asked.Metadata) is { } fault)
            {
                return fault;
            }

            if (!policy.TryGet(out var guard, out var stale))
            {
                return stale;
            }

            var snapshot = guard.Snapshot;
            var raised = LabelAlgebra.Raise(snapshot.Vocabulary, reader.Label, asked.Raise);
            if (raised.Label is not { } label)
            {
                return new Refusal(Errors.ResidencyDenied, $"Policy denies this (label) by {raised.Fault.Id()}.") { Rules = [raised.Fault.Id()], RefusedAt = "label" };
            }

            var labels = new LabelPair(label, reader.Label);
            var shown = SessionAccess.Decide(snapshot, labels, DestinationKind.Caller, reader.Place);
            var stored = SessionAccess.Decide(snapshot, labels, DestinationKind.SessionStore, model.Place);
            if ((shown.Refusal ?? stored.Refusal) is { } denied)
            {
                return denied;
            }

            var life = KeptObligations.Life(model.Retention, [.. shown.Obligations, .. stored.Obligations]);

            var (id, now) = (SessionIds.NewConversation(), time.GetUtcNow());
            var key = asked.Key?.Name(label.Tenant!, reader.KeyId);
            var row = new ConversationRow(
                id, reader.KeyId, label, vault.CloseMetadata(asked, id, label.Tenant!, snapshot.Permit.Epoch), now, now + life);
            for (var left = MostBegun; left > 0; left--)
            {
                if (await conversations.TryAddAsync(row, key, cancellationToken))
                {
                    return new Conversation(id, reader.KeyId, label, asked.Metadata, now);
                }

                var begun = await AgainAsync(asked.Key!, key!, reader, cancellationToken);
                if (begun.Refusal?.Row != Errors.ConversationNotFound)
                {
                    return begun;
                }

                // Removed since: the key names nothing any more, and a new one is begun.
            }

            return SessionRefusals.Taken;
        });

    /// <summary>What was begun under a key before, for who sends the same request again.</summary>
    private async Task<Kept<Conversation>> AgainAsync(IdempotencyKey asked, byte[] key, SessionReader reader, CancellationToken cancellationToken)
    {
        var (row, refusal) = await RowAsync(await conversations.BegunAsync(key, cancellationToken) ?? "", reader, cancellationToken);
        return row is null ? refusal!
            : !vault.TryOpen(row, out var begun, out var digest) ? SessionRefusals.Unopened
            : CryptographicOperations.FixedTimeEquals(digest.Span, asked.Digest.Span) ? begun : SessionRefusals.OtherRequest;
    }

    public Task<Kept<Conversation>> FindAsync(string id, SessionReader reader, CancellationToken cancellationToken) =>
        SessionStore.ReachAsync(async () =>
        {
            var (row, refusal) = await RowAsync(id, reader, cancellationToken);
            return row is null ? refusal! : vault.TryOpen(row, out var conversation) ? conversation : (Kept<Conversation>)SessionRefusals.Unopened;
        });

    public Task<Kept<IReadOnlyList<Conversation>>> ListAsync(SessionPage page, SessionReader reader, CancellationToken cancellationToken) =>
        SessionStore.ReachAsync<IReadOnlyList<Conversation>>(async () =>
        {
            if (!policy.TryGet(out var guard, out var stale))
            {
                return stale;
            }

            // What the reader may not see is not there for it: not even read. A row that does not open makes no page shorter.
            var labels = SessionAccess.Readable(guard.Snapshot, reader);
            var (found, next) = (new List<Conversation>(), page);
            List<ConversationRow> rows;
            do
            {
                rows = await conversations.PageAsync(reader.Label.Tenant!, labels, next, cancellationToken);
                found.AddRange(rows.Select(row => vault.TryOpen(row, out var conversation) ? conversation : null).OfType<Conversation>());

                next = next with { After = rows.LastOrDefault()?.Id };
            }
            while (found.Count < page.Limit && rows.Count == page.Limit);
            return new Kept<IReadOnlyList<Conversation>>([.. found.Take(page.Limit)], null);
        });

    public Task<Kept<TurnPage>> TurnsAsync(string conversation, SessionPage page, SessionReader reader, CancellationToken cancellationToken) =>
        SessionStore.ReachAsync<TurnPage>(async () =>
        {
            var (row, refusal) = await RowAsync(conversation, reader, cancellationToken);
            if (row is null)
            {
                return refusal!;
            }

            if (!policy.TryGet(out var guard, out var stale))
            {
                return stale;
            }

            // One more than was asked for tells whether there are more, and so does one that is too much.
            var rows = await turns.PageAsync(row.Id, page with { Limit = page.Limit + 1 }, cancellationToken);
            var hasMore = rows.Count > page.Limit || rows.Sum(one => (long)one.Bytes) > TurnTable.MostOfPage;
            if (vault.OpenAll([.. rows.Take(page.Limit)], guard.Snapshot.Vocabulary) is not { } opened)
            {
                return SessionRefusals.Unopened;
            }

            if (SessionAccess.Read(guard.Snapshot, row.Label, opened, reader) is { } above)
            {
                return above;
            }

            return await RecordReadingAsync(row.Id, row.Owner, opened.Count, reader, cancellationToken) ? new TurnPage(opened, hasMore) : Unrecorded;
        });

    public Task<Kept<StoredTurn>> TurnAsync(string id, SessionReader reader, CancellationToken cancellationToken) =>
        SessionStore.ReachAsync(async () =>
        {
            var (row, refusal) = await TurnRowAsync(id, reader, cancellationToken);
            return row is null ? refusal!
                : !policy.TryGet(out var guard, out var stale) ? stale
                : !vault.TryOpen(row, guard.Snapshot.Vocabulary, out var turn) ? SessionRefusals.Unopened
                : SessionAccess.Read(guard.Snapshot, turn.Label, reader) is { } above ? above
                : await RecordReadingAsync(row.Id, row.Owner, 1, reader, cancellationToken) ? turn : (Kept<StoredTurn>)Unrecorded;
        });

    public async Task<Refusal?> CancelAsync(string turn, SessionReader reader, CancellationToken cancellationToken) =>
        (await SessionStore.ReachAsync(async () =>
        {
            var (row, refusal) = await TurnRowAsync(turn, reader, cancellationToken);
            if (row is null)
            {
                return refusal!;
            }

            if (await turns.CancelAsync(row.Id, time.GetUtcNow(), cancellationToken) is { } holder)
            {
                await RevokeAsync(row.Line, holder, cancellationToken);
            }

            return (Kept<TurnRow>)row;
        })).Refusal;

    public Task<Kept<Erasure>> EraseAsync(string id, string ground, SessionReader reader, CancellationToken cancellationToken) =>
        SessionStore.ReachAsync(async () =>
        {
            if (!Ground().IsMatch(ground))
            {
                return new Refusal(Errors.Invalid, "The ground must be an id: 1 to 64 of a-z, 0-9, '.', '-', '_', '/', ':'.") { Field = "ground" };
            }

            var isConversation = SessionIds.IsConversation(id);
            var (row, refusal) = isConversation ? await RowAsync(id, reader, cancellationToken) : default;
            var (turn, none) = isConversation ? default : await TurnRowAsync(id, reader, cancellationToken);
            if (row is null && turn is null)
            {
                return (refusal ?? none)!;
            }

            // The record first: what was removed without one could be denied, what was recorded and is still there is removed again.
            var items = row is null ? 1 : (int)await turns.CountAsync(row.Id, cancellationToken);
            if (!await RecordErasureAsync(row?.Id ?? turn!.Id, ground, items, reader, cancellationToken))
            {
                return Unrecorded;
            }

            // By name: another turn of the conversation may be running, and goes on.
            var holders = row is not null ? await conversations.RemoveAsync(row.Id, cancellationToken)
                : await turns.RemoveAsync(turn!.Id, cancellationToken) is { } one ? [one] : [];
            foreach (var holder in holders)
            {
                await RevokeAsync(row?.Id ?? turn!.Line, holder, cancellationToken);
            }

            return (Kept<Erasure>)new Erasure(items);
        });

    private static Refusal Unrecorded { get; } =
        new(Errors.AuditUnavailable, "No evidence of this can be written now.") { RetryAfter = TimeSpan.FromSeconds(5) };

    private async Task<(ConversationRow? Row, Refusal? Refusal)> RowAsync(string id, SessionReader reader, CancellationToken cancellationToken) =>
        SessionIds.IsConversation(id) && await conversations.FindAsync(id, reader.Label.Tenant!, cancellationToken) is { } row
            ? MayRead(row.Label, reader, out var refusal) ? (row, null) : (null, refusal)
            : (null, SessionRefusals.NoConversation);

    private async Task<(TurnRow? Row, Refusal? Refusal)> TurnRowAsync(string id, SessionReader reader, CancellationToken cancellationToken) =>
        await turns.FindAsync(id, reader.Label.Tenant!, cancellationToken) is { } row && (row.Visible || row.Owner == reader.KeyId)
            ? MayRead(row.Label, reader, out var refusal) ? (row, null) : (null, refusal)
            : (null, SessionRefusals.NoTurn);

    private bool MayRead(Label kept, SessionReader reader, [NotNullWhen(false)] out Refusal? refusal)
    {
        if (policy.TryGet(out var guard, out refusal))
        {
            refusal = SessionAccess.Read(guard.Snapshot, kept, reader);
        }

        return refusal is null;
    }

    /// <summary>What somebody else kept leaves a record when it is read; one's own does not.</summary>
    private async Task<bool> RecordReadingAsync(string target, string owner, int items, SessionReader reader, CancellationToken cancellationToken)
    {
        if (owner == reader.KeyId)
        {
            return true;
        }

        var leaf = new ReadLeaf(Unwritten, reader.KeyId, reader.Label.Tenant!, target, "tenant", items);
        return await intake.WriteAsync(origin => leaf with { Origin = origin }, cancellationToken) is not null;
    }

    private async Task<bool> RecordErasureAsync(string target, string ground, int items, SessionReader reader, CancellationToken cancellationToken)
    {
        var leaf = new ErasureLeaf(Unwritten, reader.KeyId, reader.Label.Tenant!, target, ground, items);
        return await intake.WriteAsync(origin => leaf with { Origin = origin }, cancellationToken) is not null;
    }

    /// <summary>Whoever still runs it hears within a second; the table lets nothing of it in.</summary>
    private async Task RevokeAsync(string line, string holder, CancellationToken cancellationToken)
    {
        try
        {
            await grains.GetGrain<ISessionGrain>(line).EndAsync(holder, cancellationToken).WaitAsync(RevokePatience, time, cancellationToken);
        }
        catch (Exception problem) when (SessionLease.IsAway(problem))
        {
            // The grain's silo is dying; its next activation reads the table.
        }
    }

    private static LeafOrigin Unwritten { get; } = new(DateTimeOffset.UnixEpoch, "unwritten", null);

    private static Refusal? MetadataFault(IReadOnlyDictionary<string, string> metadata) =>
        metadata.Count <= MostPairs && metadata.All(pair => pair.Key.Length is > 0 and <= LongestName && pair.Value.Length <= LongestValue)
            ? null
            : new Refusal(Errors.Invalid, $"The field metadata holds at most {MostPairs} pairs of 1 to {LongestName} and up to {LongestValue} characters.")
            {
                Field = "metadata",
            };

    [GeneratedRegex(@"\A[a-z0-9._/:-]{1,64}\z")]
    private static partial Regex Ground();
}
