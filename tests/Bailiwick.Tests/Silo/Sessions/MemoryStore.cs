using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Residency;
using Bailiwick.Residency.Requests;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Sessions;
using Label = Bailiwick.Residency.Label;

namespace Bailiwick.Tests.Silo.Sessions;

/// <summary>What is kept, in a list; the sealed forms pass through their bytes as the tables hold them.</summary>
internal sealed class MemoryStore : ISessionStore
{
    private readonly Dictionary<string, string> _keys = [];

    public List<StoredTurn> Turns { get; } = [];

    public Dictionary<string, Label> Conversations { get; } = [];

    /// <summary>Turns whose gateway may be alive.</summary>
    public HashSet<string> Held { get; } = [];

    /// <summary>What BeginAsync answers instead of beginning; null = it begins.</summary>
    public Refusal? Refuses { get; set; }

    /// <summary>What the end of a turn meets; null = it stands.</summary>
    public Refusal? Ends { get; set; }

    /// <summary>What happens right after a history was read.</summary>
    public Action? HistoryWasRead { get; set; }

    public CancellationTokenSource Lost { get; } = new();

    public Place? Place { get; set; } = Bailiwick.Residency.Place.In("de-1", Proof.Certificate);

    public Task<Kept<SessionBefore>> BeforeAsync(Keeping keep, string tenant, CancellationToken cancellationToken) => Task.FromResult(
        keep.Conversation is { } id
            ? Conversations.TryGetValue(id, out var label) && label.Tenant == tenant ? new SessionBefore(label) : (Kept<SessionBefore>)SessionRefusals.NoConversation
            : new SessionBefore(keep.Attempt > 1 ? Turns.Single(turn => turn.Id == keep.Id).Label : keep.Previous is { } previous ? Turns.Single(turn => turn.Id == previous).Label : null));

    public Task<Kept<SessionFinding>> FindAsync(Keeping keep, SessionReader reader, CancellationToken cancellationToken)
    {
        var turn = keep.Idempotency is { } key ? Turns.Find(one => _keys.GetValueOrDefault(key.Key) == one.Id) : Turns.Find(one => one.Id == keep.Id);
        return Task.FromResult(turn is null && keep.Idempotency is null
            ? (Kept<SessionFinding>)SessionRefusals.NoTurn : new SessionFinding(turn, turn is not null && Held.Contains(turn.Id)));
    }

    public Task<Kept<IReadOnlyList<StoredTurn>>> HistoryAsync(Admitted<TextCall> admitted, Keeping recall, CancellationToken cancellationToken)
    {
        Assert.True(admitted.MayReach(Destination.At(DestinationKind.SessionStore, Place!.Value)));
        var before = Before(recall, "");
        HistoryWasRead?.Invoke();
        return Task.FromResult(new Kept<IReadOnlyList<StoredTurn>>(before, null));
    }

    public Task<Kept<ISessionHold>> BeginAsync(Admitted<Submit> admitted, SessionBegin begin, CancellationToken cancellationToken)
    {
        Assert.True(admitted.MayReach(Destination.At(DestinationKind.SessionStore, Place!.Value)));
        if (Refuses is { } refusal)
        {
            return Task.FromResult(new Kept<ISessionHold>(null, refusal));
        }

        var history = Before(begin.Keep, begin.Id);
        var turn = new StoredTurn
        {
            Id = begin.Id, Conversation = begin.Keep.Conversation, Previous = begin.Keep.Previous, Owner = begin.Owner, State = TurnState.Running,
            Label = admitted.Labels.Requested!, Model = begin.Model, Seed = (long)admitted.Payload.Sampling.Seed, Turn = begin.Turn, Created = begin.At,
            Attempt = begin.Keep.Attempt,
            Asked = Stored(StoredForms.Of(admitted.Payload, begin.Keep, begin.Raise, admitted.Labels.Requested!)),
        };
        Turns.RemoveAll(one => one.Id == turn.Id);
        Turns.Add(turn);
        if (begin.Keep.Idempotency is { } key)
        {
            _keys[key.Key] = turn.Id;
        }

        return Task.FromResult(new Kept<ISessionHold>(new Hold(this, turn, history), null));
    }

    private List<StoredTurn> Before(Keeping keep, string self) => [.. Turns.Where(turn => turn.Answer is not null && turn.Id != self
        && ((keep.Conversation is { } id && turn.Conversation == id) || (keep.Previous is { } previous && turn.Id == previous)))];

    private static Bailiwick.Protocol.Stored.V1.StoredRequest Stored(Bailiwick.Protocol.Stored.V1.StoredRequest request) =>
        Bailiwick.Protocol.Stored.V1.StoredRequest.Parser.ParseFrom(Google.Protobuf.MessageExtensions.ToByteArray(request));

    private sealed class Hold(MemoryStore store, StoredTurn turn, IReadOnlyList<StoredTurn> history) : ISessionHold
    {
        public IReadOnlyList<StoredTurn> History => history;

        public CancellationToken Lost => store.Lost.Token;

        public Task<Refusal?> EndAsync(SessionEnd end, CancellationToken cancellationToken)
        {
            if (store.Ends is { } refusal)
            {
                return Task.FromResult<Refusal?>(refusal);
            }

            var at = store.Turns.FindIndex(one => one.Id == turn.Id);
            store.Turns[at] = turn with
            {
                State = end.State,
                Code = end.Code,
                Answer = end.Answer is { } answer
                    ? StoredForms.Read(Bailiwick.Protocol.Stored.V1.StoredAnswer.Parser.ParseFrom(Google.Protobuf.MessageExtensions.ToByteArray(StoredForms.Of(answer, turn.Label))))
                    : null,
            };
            return Task.FromResult<Refusal?>(null);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
