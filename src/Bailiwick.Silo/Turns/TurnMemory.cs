using Bailiwick.Protocol.Decoder;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Sessions;

namespace Bailiwick.Silo.Turns;

/// <summary>
/// What a turn keeps and recalls; does nothing where the request asks for neither. A kept turn always decodes its whole answer, so that
/// all of it is kept: a caller that comes back with what it has gets the rest. Owned by its <see cref="Turn"/>.
/// </summary>
internal sealed class TurnMemory : IAsyncDisposable
{
    private readonly TurnServices _services;
    private readonly TurnRequest _request;
    private readonly Caller _caller;
    private readonly int[] _had = [];
    private CancellationTokenSource? _running;
    private ISessionHold? _hold;
    private RunningTurn? _answer;

    public TurnMemory(TurnServices services, TurnRequest request, Caller caller)
    {
        (_services, _request, _caller, Prompt) = (services, request, caller, request.Prompt);
        if (request.Keep is not null)
        {
            _had = [.. request.Submit.Emitted];
            request.Submit.Emitted.Clear();
        }
    }

    /// <summary>What the record commits to: with a history, all that the model gets.</summary>
    public ReadOnlyMemory<byte> Prompt { get; private set; }

    /// <summary>Id under which the turn is kept; null while it is not.</summary>
    public string? Id { get; private set; }

    /// <summary>What admission must know; null where nothing is kept.</summary>
    public SessionFacts? Facts { get; private set; }

    /// <summary>Whether the turn is no longer this gateway's.</summary>
    public bool IsLost => _hold is { Lost.IsCancellationRequested: true };

    /// <summary>Before admission: whose label comes in with the history.</summary>
    /// <returns>Null where the turn may go on.</returns>
    public async Task<Refusal?> LookAsync(CancellationToken cancellationToken)
    {
        if (_request.Keep is not { } keep)
        {
            return null;
        }

        var before = await _services.Sessions.BeforeAsync(keep, _caller.Label.Tenant!, cancellationToken);
        Facts = before.Value is { } found ? new SessionFacts(found.Label, _services.Sessions.Place) : null;
        return before.Refusal;
    }

    /// <summary>After admission: takes the turn's place, and completes the admitted request by what was said before.</summary>
    /// <returns>Null where the turn may go on.</returns>
    public async Task<Refusal?> RecallAsync(string turn, DateTimeOffset at, TurnAdmission admission, CancellationToken cancellationToken)
    {
        if (_request.Keep is not { } keep)
        {
            return null;
        }

        var begin = new SessionBegin(
            Id = keep.Id ?? SessionIds.NewTurn(), keep, _request.Raise, _caller.KeyId, $"{admission.Model.Name}@{admission.Model.Build}", turn, at, Facts!.Label);
        var begun = await _services.Sessions.BeginAsync(admission.Verdict.Admitted!, begin, cancellationToken);
        if (begun.Value is not { } hold)
        {
            return begun.Refusal;
        }

        _hold = hold;
        _answer = _services.Running.Begin(Id, admission.Verdict.Admitted!.Labels.Requested!);
        // The intent names a conversation, and no turn that this one goes on with: reading what somebody else kept is a record of its own.
        if (keep.Previous is { } previous && hold.History.Count(one => one.Owner != _caller.KeyId) is > 0 and var others
            && await _services.Intake.WriteAsync(TurnRecords.Read(previous, others, _caller), CancellationToken.None) is null)
        {
            return TurnEnd.NoRecord;
        }

        if (_request.Submit.Chat is { } chat && keep.Messages.Length > 0)
        {
            var messages = TurnHistory.Compose(keep.Lead, hold.History, keep.Messages);
            chat.MessagesJson = System.Text.Encoding.UTF8.GetString(messages);
            Prompt = TurnHistory.Prompt(messages, chat.ToolsJson);
        }

        return null;
    }

    /// <summary>Cancelled with the caller's token, and once the turn is no longer this gateway's.</summary>
    public CancellationToken Running(CancellationToken cancellationToken)
    {
        if (_hold is null)
        {
            return cancellationToken;
        }

        _running ??= CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _hold.Lost);
        return _running.Token;
    }

    /// <summary>Whoever follows the turn hears that it has begun.</summary>
    public TurnStarted Start(TurnStarted started)
    {
        _answer?.Start(started);
        return started;
    }

    /// <summary>Takes tokens into the kept answer.</summary>
    /// <returns>Those that the caller does not have; null where it has other ones than these.</returns>
    public IReadOnlyList<DecodedToken>? Add(IReadOnlyList<DecodedToken> tokens)
    {
        if (_answer is null)
        {
            return tokens;
        }

        var unsent = Replay.Rest(tokens, _answer.Tokens.Count, _had);
        if (unsent is not null)
        {
            _answer.Add(tokens);
        }

        return unsent;
    }

    /// <summary>Writes the end down before the caller hears it: what it was told is kept.</summary>
    /// <returns>What the caller hears.</returns>
    public async Task<TurnEvent> EndAsync(TurnEvent end, DateTimeOffset at, CancellationToken cancellationToken)
    {
        if (_hold is null)
        {
            return end;
        }

        // The gateway stops in the middle of it: the row goes on saying that it runs, as that of a lost gateway, and it is run again for
        // whoever asks.
        if (end is not TurnEnded && _services.Running.Leaving.IsCancellationRequested)
        {
            return end;
        }

        var refusal = await _hold.EndAsync(EndOf(end, at), cancellationToken);
        var told = end is TurnEnded whole && refusal is not null ? new TurnFailed(refusal, whole.Receipt) : end;
        // Where somebody took it away, the store knows what became of it.
        _services.Running.End(_answer!, IsLost || refusal == SessionRefusals.Lost ? null : told as TurnFailed);
        return told;
    }

    public async ValueTask DisposeAsync()
    {
        _running?.Dispose();
        if (_hold is not null)
        {
            await _hold.DisposeAsync();
        }

        if (_answer is not null)
        {
            // Where nothing was written, too. Who follows it looks for another gateway then, and finds the lease given back.
            _services.Running.End(_answer, null);
        }
    }

    private SessionEnd EndOf(TurnEvent end, DateTimeOffset at) => end switch
    {
        TurnEnded whole => new SessionEnd(
            whole.Length ? TurnState.Incomplete : TurnState.Completed,
            new KeptAnswer(_answer!.Tokens, whole.Length, whole.Tail, whole.Stop, whole.PromptTokens, at, whole.Receipt)
            {
                ToolCalls = whole.ToolCalls,
                Calls = whole.Calls,
            },
            null),
        TurnFailed failed => Without(failed.Refusal),
        TurnRefused refused => Without(refused.Refusal),
        _ => throw new ArgumentException("A turn ends with Ended, Failed or Refused.", nameof(end)),
    };

    private static SessionEnd Without(Refusal refusal) => refusal.Row == Protocol.Errors.Cancelled
        ? new SessionEnd(TurnState.Cancelled, null, null)
        : new SessionEnd(TurnState.Failed, null, refusal.Row.Code);
}

/// <summary>What the store adds to the question whether a turn may run.</summary>
/// <param name="Label">Of what the turn goes on with; null = nothing.</param>
/// <param name="Store">Where it will be kept.</param>
internal sealed record SessionFacts(Residency.Label? Label, Residency.Place? Store);
