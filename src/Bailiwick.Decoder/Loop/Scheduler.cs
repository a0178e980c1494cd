using Bailiwick.Decoder.GenAi;
using Bailiwick.Protocol;
using Bailiwick.Protocol.Decoder.V1;
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

    private readonly ITokenLoop loop;
    private readonly ITurnText text;
    private readonly TokenPath path;
    private readonly TurnFrames frames;
    private readonly KvBlocks blocks;
    private readonly SchedulerLimits limits;
    private readonly TimeProvider clock;
    private readonly Dictionary<string, Turn> inFlight = new(StringComparer.Ordinal);
    private readonly LinkedList<Turn> waiting = new();
    private readonly List<Turn> running = [];
    private Turn[] stepTurns = [];
    private ITokenRow[] stepRows = [];
    private int[] stepTokens = [];
    private int nextPrefill;

    internal Scheduler(
        ITokenLoop loop, ITurnText text, TokenPath path, TurnFrames frames, KvBlocks blocks, SchedulerLimits limits, TimeProvider clock)
    {
        this.loop = loop;
        this.text = text;
        this.path = path;
        this.frames = frames;
        this.blocks = blocks;
        this.limits = limits;
        this.clock = clock;
    }

    internal int Running => running.Count;

    internal int Waiting => waiting.Count;

    /// <summary>Tokens decoded since start, forced ones included.</summary>
    internal long Tokens { get; private set; }

    internal bool IsIdle => inFlight.Count == 0;

    internal bool IsInFlight(string turn) => inFlight.ContainsKey(turn);

    internal bool IsFull => waiting.Count >= MostWaiting;

    internal void Add(TurnRequest request, long receivedAt)
    {
        var turn = new Turn(request, text, clock, receivedAt);
        inFlight.Add(request.Id, turn);
        waiting.AddLast(turn);
    }

    /// <summary>Ends the turn in the next pass; a turn that is not in flight has ended already.</summary>
    internal void Cancel(string turn)
    {
        if (inFlight.TryGetValue(turn, out var found))
        {
            found.CancelRequested = true;
        }
    }

    internal void CancelAll()
    {
        foreach (var turn in inFlight.Values)
        {
            turn.CancelRequested = true;
        }
    }

    /// <summary>Refuses every turn that has not started.</summary>
    internal void RefuseWaiting(Problem problem)
    {
        while (waiting.First is { } first)
        {
            waiting.RemoveFirst();
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
        foreach (var turn in inFlight.Values)
        {
            turn.Dispose();
        }
    }

    private void EndWhatIsDue()
    {
        for (var node = waiting.First; node is not null;)
        {
            var next = node.Next;
            if (Due(node.Value) is { } reason)
            {
                waiting.Remove(node);
                End(node.Value, reason);
            }

            node = next;
        }

        for (var i = running.Count - 1; i >= 0; i--)
        {
            if (Due(running[i]) is { } reason)
            {
                EndRunning(running[i], reason);
            }
        }
    }

    private static Reason? Due(Turn turn) =>
        turn.CancelRequested ? Reason.Cancelled : turn.IsOverdue ? Reason.Deadline : null;

    // Strictly in order: a long turn at the head is not overtaken for ever by short ones.
    private void StartWaiting()
    {
        while (waiting.First is { } first && running.Count < limits.MostRunning)
        {
            var turn = first.Value;
            var needed = blocks.Needed(turn.Request.MaxLength);
            if (!blocks.TryReserve(needed))
            {
                return;
            }

            waiting.RemoveFirst();
            Start(turn, needed);
        }
    }

    private void Start(Turn turn, int reserved)
    {
        try
        {
            turn.Start(loop.Open(turn.Request.MaxLength), reserved);
        }
        catch (GenAiException failure)
        {
            blocks.Release(reserved);
            End(turn, Reason.Error, Problems.Of(Errors.Internal, failure.Message + "."));
            return;
        }

        running.Add(turn);
        frames.SendStarted(turn);
    }

    private void DecodeOne()
    {
        EnsureStepSpace();
        var count = 0;

        // Backwards: a turn that ends leaves the list.
        for (var i = running.Count - 1; i >= 0; i--)
        {
            var turn = running[i];
            if (!turn.IsPrefilling && Advance(turn) is { } token)
            {
                (stepTurns[count], stepRows[count], stepTokens[count]) = (turn, turn.Row!, token);
                count++;
            }
        }

        if (count > 0)
        {
            loop.Step(stepRows.AsSpan(0, count), stepTokens.AsSpan(0, count));
            for (var i = 0; i < count; i++)
            {
                EndIfFailed(stepTurns[i]);
            }
        }
    }

    // The token to feed; null when the turn has ended.
    private int? Advance(Turn turn)
    {
        var resumed = turn.IsForced;
        var message = frames.BlankToken();
        var outcome = path.Advance(turn, message);
        if (outcome.Shown)
        {
            Tokens++;
            if (!resumed || turn.Request.DigestLogits)
            {
                frames.SendToken(turn);
            }
        }

        if (outcome.Ended is not { } reason)
        {
            return outcome.Token;
        }

        EndRunning(turn, reason, outcome.Problem);
        return null;
    }

    private void PrefillOne()
    {
        for (var i = 0; i < running.Count; i++)
        {
            nextPrefill = (nextPrefill + 1) % running.Count;
            var turn = running[nextPrefill];
            if (turn.IsPrefilling)
            {
                Prefill(turn);
                return;
            }
        }
    }

    private void Prefill(Turn turn)
    {
        var othersDecode = running.Exists(static other => !other.IsPrefilling);
        var most = othersDecode ? Math.Max(PrefillPlan.SmallestPiece, limits.PrefillTokens / InterleavedShare) : limits.PrefillTokens;
        var prompt = turn.Request.Prompt;
        var piece = PrefillPlan.NextPiece(prompt.Length - turn.Prefilled, most);
        loop.Prefill(turn.Row!, prompt.AsSpan(turn.Prefilled, piece));
        turn.CountPrefilled(piece);
        EndIfFailed(turn);
    }

    private void EndIfFailed(Turn turn)
    {
        if (turn.Row!.Failure is { } failure)
        {
            EndRunning(turn, Reason.Error, Problems.Of(Errors.Internal, failure + "."));
        }
    }

    private void EndRunning(Turn turn, Reason reason, Problem? problem = null)
    {
        running.Remove(turn);
        blocks.Release(turn.KvBlocks);
        End(turn, reason, problem);
    }

    private void End(Turn turn, Reason reason, Problem? problem = null)
    {
        inFlight.Remove(turn.Request.Id);
        frames.SendFinished(turn, reason, problem);
        turn.Dispose();
    }

    private void EnsureStepSpace()
    {
        if (stepTurns.Length < running.Count)
        {
            var size = Math.Max(running.Count, 2 * stepTurns.Length);
            (stepTurns, stepRows, stepTokens) = (new Turn[size], new ITokenRow[size], new int[size]);
        }
    }
}

/// <param name="MostRunning">Turns decoded at a time; the others wait.</param>
/// <param name="PrefillTokens">Most prompt tokens in one forward pass, at least 2.</param>
internal sealed record SchedulerLimits(int MostRunning, int PrefillTokens);
