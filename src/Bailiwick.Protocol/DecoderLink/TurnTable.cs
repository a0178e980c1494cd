using System.Text;
using Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Protocol.Decoder;

/// <summary>
/// The turns in flight, whichever decoder is running: submits them, hands frames to them, resumes them after a loss and
/// sees that each ends with a named reason. One lock; nothing here blocks. Consumers are told outside it, as one that is woken may go on
/// on the thread that told it.
/// </summary>
internal sealed class TurnTable(DecoderLinkOptions options, TimeProvider time)
{
    private const int MaxTurnIdLength = 128;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, ActiveTurn> _turns = new(StringComparer.Ordinal);
    private List<ActiveTurn> _touched = [];
    private List<ActiveTurn>? _spare = [];
    private readonly long _origin = time.GetTimestamp();
    private DecoderLife? _decoder;
    private Problem? _closed;
    private long _nextId;

    /// <summary>Turns in flight.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _turns.Count;
            }
        }
    }

    private TimeSpan Now => time.GetElapsedTime(_origin);

    /// <summary>Takes a turn over; it is refused (and finished) at once when it cannot run.</summary>
    public ActiveTurn Add(Submit submit, ITurnSink sink)
    {
        var turn = new ActiveTurn(submit.Clone(), sink, Now);
        var request = turn.Request;
        ChatClock.Fill(request.Chat, time);

        lock (_gate)
        {
            if (request.Turn.Length == 0)
            {
                request.Turn = $"turn-{++_nextId}";
            }

            if (_closed is not null)
            {
                Refuse(turn, _closed);
            }
            else if (request.Turn.Length > MaxTurnIdLength || !_turns.TryAdd(request.Turn, turn))
            {
                Refuse(turn, Errors.Invalid.With(
                    $"The turn id must be unique among the turns in flight and at most {MaxTurnIdLength} characters long."));
            }
            else
            {
                Submit(turn);
            }
        }

        Flush();
        return turn;
    }

    /// <summary>Asks the decoder to end a turn; ends it here when no decoder has it, or none answers in time.</summary>
    public void Cancel(ActiveTurn turn)
    {
        lock (_gate)
        {
            if (turn.Finished is not null || turn.CancelRequested)
            {
                return;
            }

            turn.CancelRequested = true;
            if (turn.Submitted && _decoder is not null && _decoder.TrySend(new ToDecoder { Cancel = new Cancel { Turn = turn.Request.Turn } }))
            {
                turn.CancelTimer = time.CreateTimer(
                    _ => EndCancelled(turn), null, options.CancelTimeout, Timeout.InfiniteTimeSpan);
            }
            else
            {
                Finish(turn, Finished.Types.Reason.Cancelled, null);
            }
        }

        Flush();
    }

    /// <summary>A decoder is ready: every turn goes to it, with what has left already.</summary>
    public void Attach(DecoderLife decoder)
    {
        lock (_gate)
        {
            _decoder = decoder;
            foreach (var turn in _turns.Values.ToArray())
            {
                Submit(turn);
            }
        }

        Flush();
    }

    /// <summary>The decoder is gone: turns wait for the next one, or end.</summary>
    public void Detach(DecoderLoss loss)
    {
        lock (_gate)
        {
            _decoder = null;
            foreach (var turn in _turns.Values.Where(turn => turn.Submitted).ToArray())
            {
                turn.Lost();
                if (turn.CancelRequested)
                {
                    Finish(turn, Finished.Types.Reason.Cancelled, null);
                }
                else if (!options.ResumeOnLoss || turn.Losses > options.MaxResumes)
                {
                    Finish(turn, Finished.Types.Reason.Error, loss.Problem);
                }
            }
        }

        Flush();
    }

    /// <summary>No decoder follows: all turns end, new ones are refused.</summary>
    public void Close(Problem problem)
    {
        lock (_gate)
        {
            _closed ??= problem;
            _decoder = null;
            foreach (var turn in _turns.Values.ToArray())
            {
                Finish(turn, turn.CancelRequested ? Finished.Types.Reason.Cancelled : Finished.Types.Reason.Error, problem);
            }
        }

        Flush();
    }

    public void OnTokens(TokensFrame frame)
    {
        Span<char> name = stackalloc char[MaxTurnIdLength];
        if (!Encoding.UTF8.TryGetChars(frame.Turn, name, out var length))
        {
            throw new FrameException("a Tokens frame names a turn that was never submitted");
        }

        lock (_gate)
        {
            // A turn that was ended here may still have tokens on their way: they are nobody's any more.
            var known = _turns.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name[..length], out var turn);
            if (known)
            {
                Touch(turn!);
            }

            while (frame.TryReadToken(out var token))
            {
                if (known && !turn!.TryAdd(token))
                {
                    Overflow(turn);
                    return;
                }
            }
        }
    }

    public void OnStarted(Started started)
    {
        lock (_gate)
        {
            if (!_turns.TryGetValue(started.Turn, out var turn))
            {
                return;
            }

            Touch(turn);
            if (!turn.TryStart(started))
            {
                Finish(turn, Finished.Types.Reason.Error, Errors.Internal.With("The resumed turn's prompt differs from the one that was started."));
                _decoder?.TrySend(new ToDecoder { Cancel = new Cancel { Turn = started.Turn } });
            }
        }
    }

    public void OnFinished(Finished finished)
    {
        lock (_gate)
        {
            if (_turns.Remove(finished.Turn, out var turn))
            {
                Touch(turn);
                turn.Finish(finished);
            }
        }
    }

    /// <summary>Nothing more is here for now: the turns that got something let their consumers know.</summary>
    public void Flush()
    {
        List<ActiveTurn> touched;
        lock (_gate)
        {
            if (_touched.Count == 0)
            {
                return;
            }

            touched = _touched;
            (_touched, _spare) = (_spare ?? [], null);
            foreach (var turn in touched)
            {
                turn.Touched = false;
            }
        }

        foreach (var turn in touched)
        {
            turn.Flush();
        }

        touched.Clear();
        lock (_gate)
        {
            _spare ??= touched;
        }
    }

    private void Submit(ActiveTurn turn)
    {
        if (_decoder is null)
        {
            return;
        }

        if (turn.TryPrepare(Now))
        {
            // A frame that can no longer be sent means that this decoder is about to be detached: the next one gets it.
            _decoder.TrySend(new ToDecoder { Submit = turn.Request });
        }
        else
        {
            Finish(turn, Finished.Types.Reason.Deadline, Errors.Deadline.With("The deadline passed while the decoder was being restarted."));
        }
    }

    private void Overflow(ActiveTurn turn)
    {
        _decoder?.TrySend(new ToDecoder { Cancel = new Cancel { Turn = turn.Request.Turn } });
        Finish(turn, Finished.Types.Reason.Cancelled, Errors.Cancelled.With(
            $"The consumer left {options.MaxPendingEvents} events unread."));
    }

    private void EndCancelled(ActiveTurn turn)
    {
        lock (_gate)
        {
            Finish(turn, Finished.Types.Reason.Cancelled, null);
        }

        Flush();
    }

    private void Finish(ActiveTurn turn, Finished.Types.Reason reason, Problem? problem)
    {
        if (turn.Finished is null)
        {
            _turns.Remove(turn.Request.Turn);
            turn.Finish(End(turn.Request, reason, problem));
            Touch(turn);
        }
    }

    private void Refuse(ActiveTurn turn, Problem problem)
    {
        turn.Finish(End(turn.Request, Finished.Types.Reason.Refused, problem));
        Touch(turn);
    }

    private void Touch(ActiveTurn turn)
    {
        if (!turn.Touched)
        {
            turn.Touched = true;
            _touched.Add(turn);
        }
    }

    private static Finished End(Submit request, Finished.Types.Reason reason, Problem? problem) => new()
    {
        Turn = request.Turn,
        Reason = reason,
        AnswerTokens = request.Emitted.Count,
        Problem = problem,
    };
}
