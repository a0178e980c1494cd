using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text;
using Bailiwick.Protocol;
using Bailiwick.Protocol.Decoder;
using Bailiwick.Protocol.Stored.V1;
using Bailiwick.Residency;
using Bailiwick.Silo.Api.Responses;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Sessions;
using Bailiwick.Silo.Turns;
using Google.Protobuf;
using TurnEvent = Bailiwick.Silo.Turns.TurnEvent;

namespace Bailiwick.EndToEnd.Tests.OpenAi;

/// <summary>
/// What is kept, in memory, around scripted turns: enough of the store for what a door does with it. Keeping itself, sealing, tenants and
/// lost gateways are tested where they are, over PostgreSQL.
/// </summary>
internal sealed class ScriptedStore(ITurns inner) : ITurns, IKeptTurns, IConversations, IStoreRule
{
    private static readonly Refusal NoTurn = new(Errors.NotFound, "There is no such turn, or it was not kept.");

    private readonly ConcurrentDictionary<string, Entry> _turns = new(StringComparer.Ordinal);

    public bool KeepsByDefault(RequestedLabel? raise, Caller caller) => true;

    public async IAsyncEnumerable<TurnEvent> RunAsync(
        TurnRequest request, Caller caller, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (request.Keep is { Previous: { } previous } && !_turns.ContainsKey(previous))
        {
            yield return new TurnRefused(NoTurn);
            yield break;
        }

        if (request.Keep is not { Store: true, Id: { } id } keep)
        {
            await foreach (var next in inner.RunAsync(Whole(request), caller, cancellationToken))
            {
                yield return next;
            }

            yield break;
        }

        using var entry = new Entry(id, keep, request.Model, cancellationToken);
        await foreach (var next in inner.RunAsync(Whole(request), caller, entry.Stop.Token))
        {
            if (next is TurnStarted)
            {
                _turns[id] = entry;
            }

            entry.Take(next);
            yield return next;
        }

        entry.Ended();
    }

    public async IAsyncEnumerable<TurnEvent> FollowAsync(string kept, Caller caller, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (!_turns.TryGetValue(kept, out var entry))
        {
            yield return new TurnRefused(NoTurn);
            yield break;
        }

        await entry.Done.Task.WaitAsync(cancellationToken);
        foreach (var next in entry.Events)
        {
            yield return next;
        }
    }

    public Task<Kept<StoredTurn>> TurnAsync(string id, SessionReader reader, CancellationToken cancellationToken) =>
        Task.FromResult<Kept<StoredTurn>>(_turns.TryGetValue(id, out var entry) ? entry.Stored() : NoTurn);

    public Task<Refusal?> CancelAsync(string turn, SessionReader reader, CancellationToken cancellationToken)
    {
        _turns[turn].Cancel();
        return Task.FromResult<Refusal?>(null);
    }

    public Task<Kept<Erasure>> EraseAsync(string id, string ground, SessionReader reader, CancellationToken cancellationToken) =>
        Task.FromResult<Kept<Erasure>>(_turns.TryRemove(id, out _) ? new Erasure(1) : NoTurn);

    public Task<Kept<Conversation>> CreateAsync(NewConversation asked, SessionReader reader, CancellationToken cancellationToken) => throw NotHere();

    public Task<Kept<Conversation>> FindAsync(string id, SessionReader reader, CancellationToken cancellationToken) => throw NotHere();

    public Task<Kept<IReadOnlyList<Conversation>>> ListAsync(SessionPage page, SessionReader reader, CancellationToken cancellationToken) => throw NotHere();

    public Task<Kept<TurnPage>> TurnsAsync(
        string conversation, SessionPage page, SessionReader reader, CancellationToken cancellationToken) => throw NotHere();

    private static InvalidOperationException NotHere() => new("the door of responses does not ask for this");

    /// <summary>As Turns does it: lead and new messages are what the decoder gets.</summary>
    private static TurnRequest Whole(TurnRequest request)
    {
        if (request.Keep is not { } keep)
        {
            return request;
        }

        var lists = new[] { keep.Lead, keep.Messages }.Where(list => !list.IsEmpty).Select(list => Encoding.UTF8.GetString(list.Span)[1..^1]);
        var submit = request.Submit.Clone();
        submit.Chat.MessagesJson = $"[{string.Join(',', lists.Where(list => list.Length > 0))}]";
        return request with { Submit = submit };
    }

    private sealed class Entry(string id, Keeping keep, string model, CancellationToken cancellationToken) : IDisposable
    {
        private readonly List<DecodedToken> _tokens = [];
        private TurnStarted? _started;
        private TurnState _state = TurnState.Running;

        public CancellationTokenSource Stop { get; } = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);

        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public List<TurnEvent> Events { get; } = [];

        public void Take(TurnEvent next)
        {
            Events.Add(next is TurnTokens tokens ? new TurnTokens([.. tokens.Tokens]) : next);
            _tokens.AddRange((next as TurnTokens)?.Tokens ?? []);
            _started ??= next as TurnStarted;
        }

        public void Cancel()
        {
            if (_state is TurnState.Running && !Done.Task.IsCompleted)
            {
                _state = TurnState.Cancelled;
                Stop.Cancel();
            }
        }

        public void Ended()
        {
            _state = Events[^1] switch
            {
                TurnEnded { Length: true } => TurnState.Incomplete,
                TurnEnded => TurnState.Completed,
                _ => TurnState.Failed,
            };
            Done.TrySetResult();
        }

        public void Dispose()
        {
            if (_state is TurnState.Running)
            {
                _state = TurnState.Cancelled;
            }

            Done.TrySetResult();
            Stop.Dispose();
        }

        public StoredTurn Stored() => new()
        {
            Id = id,
            Previous = keep.Previous,
            Owner = "k",
            State = _state,
            Label = new Label("eu", "open", "assist", "team"),
            Model = $"{_started?.Model ?? model}@{_started?.Build}",
            Seed = 7,
            Turn = _started?.Turn ?? "",
            Created = _started?.At ?? DateTimeOffset.UnixEpoch,
            Ended = Done.Task.IsCompleted ? _started!.At.AddSeconds(1) : null,
            Code = (Events[^1] as TurnFailed)?.Refusal.Row.Code,
            Attempt = 1,
            Asked = new StoredRequest { Messages = ByteString.CopyFrom(keep.Messages.Span), Request = ByteString.CopyFrom(keep.Request.Span) },
            Answer = Events[^1] is TurnEnded ended
                ? new KeptAnswer(_tokens, ended.Length, ended.Tail, ended.Stop, ended.PromptTokens, _started!.At, ended.Receipt)
                {
                    ToolCalls = ended.ToolCalls,
                    Calls = ended.Calls,
                }
                : null,
        };
    }
}
