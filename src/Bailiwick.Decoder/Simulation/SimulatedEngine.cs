using System.Threading.Channels;
using Bailiwick.Decoder.Frames;
using Bailiwick.Decoder.Loop;
using Bailiwick.Protocol;
using Bailiwick.Protocol.Decoder;
using Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Decoder.Simulation;

/// <summary>
/// A decoder without a model: the same frames, the same admission by KV blocks, timing from a profile. Lets hundreds of
/// silos run on one machine. One owner task; commands come in through a queue.
/// </summary>
internal sealed class SimulatedEngine : IDecodeEngine
{
    private const int DefaultBlockTokens = 16;
    private const int DefaultContexts = 8;
    private const int DefaultActive = 64;
    private static readonly TimeSpan IdlePass = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan ShortestDelay = TimeSpan.FromMilliseconds(1);

    private readonly SimulationProfile _profile;
    private readonly TimeProvider _time;
    private readonly Action<FromDecoder> _emit;
    private readonly Action _flush;
    private readonly Channel<Action> _commands = Channel.CreateUnbounded<Action>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Queue<SimulatedTurn> _waiting = new();
    private readonly List<SimulatedTurn> _active = [];
    private readonly FromDecoder _frame = new() { Tokens = new Tokens { Token = { new Token() } } };
    private readonly long _origin;
    private readonly int _maxActive;
    private readonly Task _owner;
    private Heartbeat _beat;
    private TimeSpan _due;
    private TimeSpan? _stopAt;
    private int _freeBlocks;
    private int _next;

    private SimulatedEngine(SimulationProfile profile, Load request, TimeProvider time, Action<FromDecoder> emit, Action flush)
    {
        (_profile, _time, _emit, _flush) = (profile, time, emit, flush);
        var blockTokens = request.KvBlockTokens > 0 ? request.KvBlockTokens : DefaultBlockTokens;
        _freeBlocks = request.KvBlocks > 0 ? request.KvBlocks : DefaultContexts * profile.ContextTokens / blockTokens;
        _maxActive = request.MaxActiveTurns > 0 ? request.MaxActiveTurns : DefaultActive;
        _origin = time.GetTimestamp();
        Ready = new Ready
        {
            ContextTokens = profile.ContextTokens,
            Vocabulary = profile.Vocabulary,
            KvBlocks = _freeBlocks,
            KvBlockTokens = blockTokens,
            Capabilities = new Capabilities { ExactResume = true },
            Runtime = "simulated",
            CpuClass = "simulated",
            LoadMs = profile.LoadMs,
        };
        _beat = new Heartbeat { KvBlocksFree = _freeBlocks };
        _owner = Task.Run(RunAsync);
    }

    public Ready Ready { get; }

    private TimeSpan Now => _time.GetElapsedTime(_origin);

    /// <param name="path">File of the profile.</param>
    /// <param name="request">The Load frame.</param>
    /// <param name="time">Paces the steps.</param>
    /// <param name="emit">Takes one frame; does not block and keeps no reference to it.</param>
    /// <param name="flush">Called when the tokens of a step have been emitted.</param>
    public static async Task<EngineOutcome> LoadAsync(
        string path, Load request, TimeProvider time, Action<FromDecoder> emit, Action flush)
    {
        SimulationProfile profile;
        try
        {
            profile = SimulationProfile.Read(path);
        }
        catch (DecoderProblemException refusal)
        {
            return new EngineOutcome(null, refusal.Problem);
        }

        await Task.Delay(TimeSpan.FromMilliseconds(profile.LoadMs), time, CancellationToken.None);
        return new EngineOutcome(new SimulatedEngine(profile, request, time, emit, flush), null);
    }

    public void Submit(Submit turn)
    {
        var taken = new SimulatedTurn(turn, _profile, Now);
        _commands.Writer.TryWrite(() => Admit(taken));
    }

    public void Cancel(string turn) => _commands.Writer.TryWrite(() =>
    {
        foreach (var one in _active.Concat(_waiting).Where(one => one.Request.Turn == turn))
        {
            one.Cancelled = true;
        }
    });

    public void Call(TextCall call) =>
        _commands.Writer.TryWrite(() => _emit(new FromDecoder { Text = SimulatedText.Answer(call, _profile.Vocabulary) }));

    public Heartbeat Snapshot() => Volatile.Read(ref _beat).Clone();

    public Task StopAsync(TimeSpan grace, CancellationToken cancellationToken)
    {
        _commands.Writer.TryWrite(() => _stopAt = Now + grace);
        return _owner.WaitAsync(cancellationToken);
    }

    public void Dispose()
    {
        _commands.Writer.TryWrite(() => _stopAt = Now);
        _commands.Writer.TryComplete();
    }

    private async Task RunAsync()
    {
        var stopped = false;
        for (long iterations = 1, decoded = 0; !stopped; iterations++)
        {
            while (_commands.Reader.TryRead(out var command))
            {
                command();
            }

            stopped = _stopAt is { } limit && (Now >= limit || _active.Count + _waiting.Count == 0);
            Sweep(stopped);
            decoded += Step();
            Volatile.Write(ref _beat, new Heartbeat
            {
                Iterations = iterations,
                Active = _active.Count,
                Waiting = _waiting.Count,
                KvBlocksFree = _freeBlocks,
                Tokens = decoded,
            });
            if (!stopped)
            {
                await PaceAsync();
            }
        }
    }

    private void Admit(SimulatedTurn turn)
    {
        var longest = turn.PromptTokens + turn.MaxTokens;
        var problem = (turn.Reserve(Ready.KvBlockTokens), turn.Request.Grammar) switch
        {
            (_, not null) => Errors.Capability.With("A simulated decoder has no grammar."),
            _ when turn.Request.Logprobs || turn.Request.TopLogprobs > 0 => Errors.Capability.With("A simulated decoder has no logprobs."),
            _ when longest > Ready.ContextTokens => Errors.Invalid.With(
                $"The prompt's {turn.PromptTokens} tokens and {turn.MaxTokens} for the answer exceed the context of {Ready.ContextTokens}."),
            (var blocks, _) when blocks > Ready.KvBlocks => Errors.TooLarge.With($"The turn needs {blocks} KV blocks; there are {Ready.KvBlocks}."),
            _ => null,
        };
        if (problem is null)
        {
            _waiting.Enqueue(turn);
        }
        else
        {
            End(turn, Finished.Types.Reason.Refused, problem);
        }
    }

    // Ends what must end, then starts what fits, in order of arrival.
    private void Sweep(bool stopped)
    {
        var now = Now;
        for (var turns = _waiting.Count; turns > 0; turns--)
        {
            var turn = _waiting.Dequeue();
            turn.Cancelled |= stopped;
            if (turn.EndAt(now) is { } reason)
            {
                End(turn, reason, null);
            }
            else
            {
                _waiting.Enqueue(turn);
            }
        }

        foreach (var turn in _active.ToArray())
        {
            turn.Cancelled |= stopped;
            EndIfDue(turn, now);
        }

        while (_waiting.TryPeek(out var first) && _active.Count < _maxActive && first.KvBlocks <= _freeBlocks)
        {
            Start(_waiting.Dequeue());
        }
    }

    private void Start(SimulatedTurn turn)
    {
        _freeBlocks -= turn.KvBlocks;
        turn.StartedAt = Now;
        _active.Add(turn);
        Owe(turn.PromptTokens, _profile.PrefillTokensPerSecond);
        _emit(new FromDecoder
        {
            Started = new Started
            {
                Turn = turn.Request.Turn,
                PromptTokens = turn.PromptTokens,
                KvBlocks = turn.KvBlocks,
                PromptSha256 = turn.PromptDigest(),
            },
        });
    }

    private int Step()
    {
        var batch = Math.Min(_profile.Batch, _active.Count);
        var first = _active.Count > 0 ? _next++ % _active.Count : 0;
        foreach (var turn in Enumerable.Range(first, batch).Select(index => _active[index % _active.Count]).ToArray())
        {
            Decode(turn);
        }

        if (batch > 0)
        {
            _flush();
            Owe(1, _profile.StepsPerSecond);
        }

        return batch;
    }

    private void Decode(SimulatedTurn turn)
    {
        if (!turn.IsForced)
        {
            var token = _frame.Tokens.Token[0];
            turn.Write(token, Ready.Vocabulary);
            _frame.Tokens.Turn = turn.Request.Turn;
            turn.FirstTokenAt ??= Now;
            _emit(_frame);
        }

        turn.Position++;
        EndIfDue(turn, Now);
    }

    private void EndIfDue(SimulatedTurn turn, TimeSpan now)
    {
        if (turn.EndAt(now) is { } reason)
        {
            _active.Remove(turn);
            _freeBlocks += turn.KvBlocks;
            End(turn, reason, null);
        }
    }

    private void End(SimulatedTurn turn, Finished.Types.Reason reason, Problem? problem) =>
        _emit(new FromDecoder { Finished = turn.Describe(reason, problem, Now) });

    private void Owe(int tokens, double perSecond)
    {
        if (perSecond > 0)
        {
            var now = Now;
            _due = (_due > now ? _due : now) + TimeSpan.FromSeconds(tokens / perSecond);
        }
    }

    private async Task PaceAsync()
    {
        if (_active.Count == 0)
        {
            using var pass = new CancellationTokenSource(IdlePass, _time);
            Task command = _commands.Reader.WaitToReadAsync(pass.Token).AsTask();
            await command.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        else if (_due - Now is var owed && owed > ShortestDelay)
        {
            await Task.Delay(owed, _time, CancellationToken.None);
        }
    }
}
