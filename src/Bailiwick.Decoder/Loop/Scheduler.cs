using Bailiwick.Protocol;
using Bailiwick.Protocol.Decoder.V1;
using Google.Protobuf.Collections;
using Reason = Bailiwick.Protocol.Decoder.V1.Finished.Types.Reason;

namespace Bailiwick.Decoder.Loop;

/// <summary>
/// Runs many turns on one thread. A pass: end what was cancelled or is overdue, start waiting turns in order while
/// KV blocks are free, decode one token of every running turn, feed one piece of one prompt. Decoding comes first and
/// a piece is bounded, so that a long prompt delays the others' next token by no more than that piece.
/// </summary>
internal sealed class Scheduler : IDisposable
{
    private const int MostWaiting = 1024;

    /// <summary>While others decode, a piece is this part of the configured one.</summary>
    private const int InterleavedShare = 4;

    private readonly ITokenLoop _loop;
    private readonly ITurnText _text;
    private readonly TokenPath _path;
    private readonly TurnFrames _frames;
    private readonly KvBlocks _blocks;
    private readonly SchedulerLimits _limits;
    private readonly TimeProvider _clock;
    private readonly Dictionary<string, Turn> _inFlight = new(StringComparer.Ordinal);
    private readonly LinkedList<Turn> _waiting = new();
    private readonly List<Turn> _running = [];
    private Turn[] _stepTurns = [];
    private ITokenRow[] _stepRows = [];
    private int[] _stepTokens = [];
    private int _nextPrefill;
    private TokenOutcome _chosen;
    private string? _openFailure;
    private string _tail = "";
    private readonly RepeatedField<ToolCallPiece> _tailCalls = [];

    internal Scheduler(
        ITokenLoop loop, ITurnText text, TokenPath path, TurnFrames frames, KvBlocks blocks, SchedulerLimits limits, TimeProvider clock)
    {
        _loop = loop;
        _text = text;
        _path = path;
        _frames = frames;
        _blocks = blocks;
        _limits = limits;
        _clock = clock;
    }

    internal int Running => _running.Count;

    internal int Waiting => _waiting.Count;

    /// <summary>Tokens decoded since start, forced ones included.</summary>
    internal long Tokens { get; private set; }

    internal bool IsIdle => _inFlight.Count == 0;

    internal bool IsInFlight(string turn) => _inFlight.ContainsKey(turn);

    internal bool IsFull => _waiting.Count >= MostWaiting;

    internal void Add(TurnRequest request, long receivedAt)
    {
        var turn = new Turn(request, _text, _clock, receivedAt);
        _inFlight.Add(request.Id, turn);
        _waiting.AddLast(turn);
    }

    /// <summary>Ends the turn in the next pass; a turn that is not in flight has ended already.</summary>
    internal void Cancel(string turn)
    {
        if (_inFlight.TryGetValue(turn, out var found))
        {
            found.CancelRequested = true;
        }
    }

    internal void CancelAll()
    {
        foreach (var turn in _inFlight.Values)
        {
            turn.CancelRequested = true;
        }
    }

    /// <summary>Refuses every turn that has not started.</summary>
    internal void RefuseWaiting(Problem problem)
    {
        while (_waiting.First is { } first)
        {
            _waiting.RemoveFirst();
            End(first.Value, Reason.Refused, problem);
        }
    }

    internal void Pass()
    {
        EndWhatIsDue();
        StartWaiting();
        DecodeOne();
        PrefillOne();
    }

    public void Dispose()
    {
        foreach (var turn in _inFlight.Values)
        {
            turn.Dispose();
        }
    }

    private void EndWhatIsDue()
    {
        for (var node = _waiting.First; node is not null;)
        {
            var next = node.Next;
            if (Due(node.Value) is { } reason)
            {
                _waiting.Remove(node);
                End(node.Value, reason);
            }

            node = next;
        }

        for (var i = _running.Count - 1; i >= 0; i--)
        {
            if (Due(_running[i]) is { } reason)
            {
                EndRunning(_running[i], reason);
            }
        }
    }

    private static Reason? Due(Turn turn) =>
        turn.CancelRequested ? Reason.Cancelled : turn.IsOverdue ? Reason.Deadline : null;

    // Strictly in order: a long turn at the head is not overtaken for ever by short ones.
    private void StartWaiting()
    {
        while (_waiting.First is { } first && _running.Count < _limits.MostRunning)
        {
            var turn = first.Value;
            var needed = _blocks.Needed(turn.Request.MaxLength);
            if (!_blocks.TryReserve(needed))
            {
                return;
            }

            _waiting.RemoveFirst();
            Start(turn, needed);
        }
    }

    private void Start(Turn turn, int reserved)
    {
        var bug = TurnBorder.Run((Scheduler: this, turn, reserved), static state => state.Scheduler.Open(state.turn, state.reserved));
        if (turn.Row is null)
        {
            _blocks.Release(reserved);
            End(turn, Reason.Error, bug ?? Problems.Of(Errors.Internal, _openFailure + "."));
            return;
        }

        _running.Add(turn);
        _frames.SendStarted(turn);
    }

    private void Open(Turn turn, int reserved)
    {
        if (_loop.TryOpen(turn.Request.MaxLength, out var row, out _openFailure))
        {
            turn.Start(row, reserved);
        }
    }

    private void DecodeOne()
    {
        EnsureStepSpace();
        var count = 0;

        // Backwards: a turn that ends leaves the list.
        for (var i = _running.Count - 1; i >= 0; i--)
        {
            var turn = _running[i];
            if (!turn.IsPrefilling && Advance(turn) is { } token)
            {
                (_stepTurns[count], _stepRows[count], _stepTokens[count]) = (turn, turn.Row!, token);
                count++;
            }
        }

        _frames.Flush();
        if (count == 0)
        {
            return;
        }

        var problem = TurnBorder.Run((Scheduler: this, count), static state => state.Scheduler.Step(state.count));
        for (var i = 0; i < count; i++)
        {
            EndIfFailed(_stepTurns[i], problem);
        }
    }

    private void Step(int count) => _loop.Step(_stepRows.AsSpan(0, count), _stepTokens.AsSpan(0, count));

    // The token to feed; null when the turn has ended.
    private int? Advance(Turn turn)
    {
        var resumed = turn.IsForced;
        if (TurnBorder.Run((Scheduler: this, turn), static state => state.Scheduler.Choose(state.turn)) is { } bug)
        {
            EndRunning(turn, Reason.Error, bug);
            return null;
        }

        var outcome = _chosen;
        if (outcome.Shown)
        {
            Tokens++;
            if (!resumed || turn.Request.DigestLogits)
            {
                _frames.SendToken(turn);
            }
        }

        if (outcome.Ended is not { } reason)
        {
            return outcome.Token;
        }

        EndRunning(turn, reason, outcome.Problem);
        return null;
    }

    private void Choose(Turn turn) => _chosen = _path.Advance(turn, _frames.BlankToken());

    private void PrefillOne()
    {
        for (var i = 0; i < _running.Count; i++)
        {
            _nextPrefill = (_nextPrefill + 1) % _running.Count;
            var turn = _running[_nextPrefill];
            if (turn.IsPrefilling)
            {
                Prefill(turn);
                return;
            }
        }
    }

    private void Prefill(Turn turn)
    {
        var othersDecode = _running.Exists(static other => !other.IsPrefilling);
        var most = othersDecode ? Math.Max(PrefillPlan.SmallestPiece, _limits.PrefillTokens / InterleavedShare) : _limits.PrefillTokens;
        var piece = PrefillPlan.NextPiece(turn.Request.Prompt.Length - turn.Prefilled, most);
        var problem = TurnBorder.Run(
            (_loop, turn, piece),
            static state => state._loop.Prefill(state.turn.Row!, state.turn.Request.Prompt.AsSpan(state.turn.Prefilled, state.piece)));
        turn.CountPrefilled(piece);
        EndIfFailed(turn, problem);
    }

    private void EndIfFailed(Turn turn, Problem? problem)
    {
        if (turn.Row!.Failure is { } failure)
        {
            problem = Problems.Of(Errors.Internal, failure + ".");
        }

        if (problem is not null)
        {
            EndRunning(turn, Reason.Error, problem);
        }
    }

    private void EndRunning(Turn turn, Reason reason, Problem? problem = null)
    {
        _running.Remove(turn);
        _blocks.Release(turn.KvBlocks);
        End(turn, reason, problem);
    }

    private void End(Turn turn, Reason reason, Problem? problem = null)
    {
        _inFlight.Remove(turn.Request.Id);
        _tail = "";
        _tailCalls.Clear();
        if (reason != Reason.Refused
            && TurnBorder.Run((Scheduler: this, turn), static state => state.Scheduler._tail = state.turn.Flush(state.Scheduler._tailCalls)) is { } bug)
        {
            (reason, problem) = (Reason.Error, problem ?? bug);
        }

        _frames.SendFinished(turn, reason, (_tail, _tailCalls), problem);
        turn.Dispose();
    }

    private void EnsureStepSpace()
    {
        if (_stepTurns.Length < _running.Count)
        {
            var size = Math.Max(_running.Count, 2 * _stepTurns.Length);
            (_stepTurns, _stepRows, _stepTokens) = (new Turn[size], new ITokenRow[size], new int[size]);
        }
    }
}

/// <param name="MostRunning">Turns decoded at a time; the others wait.</param>
/// <param name="PrefillTokens">Most prompt tokens in one forward pass, at least 2.</param>
internal sealed record SchedulerLimits(int MostRunning, int PrefillTokens);
