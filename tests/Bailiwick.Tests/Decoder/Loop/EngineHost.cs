using System.Collections.Concurrent;
using Bailiwick.Decoder.Loop;
using Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Tests.Decoder.Loop;

/// <summary>An engine in this process, with what each turn answered.</summary>
internal sealed class EngineHost : IDisposable
{
    /// <summary>Longest wait for one answer: the machine may be shared by other builds.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    private readonly ConcurrentDictionary<string, TurnLog> _turns = new();
    private readonly ConcurrentDictionary<long, TaskCompletionSource<TextReply>> _calls = new();
    private long _lastNumber;

    internal EngineHost(Load load, TimeProvider? clock = null)
    {
        Engine = Loaded(DecodeEngine.Load(load, clock ?? TimeProvider.System, Take, static () => { }));
    }

    internal EngineHost(Func<LoadedModel> load)
    {
        Engine = Loaded(DecodeEngine.Start(load, TimeProvider.System, Take, static () => { }));
    }

    internal DecodeEngine Engine { get; }

    /// <summary>Told of every frame first.</summary>
    internal Action<FromDecoder>? OnFrame { get; set; }

    internal TurnLog Submit(Submit submit, Action<TurnLog>? onToken = null)
    {
        if (submit.Turn.Length == 0)
        {
            submit.Turn = "t" + Interlocked.Increment(ref _lastNumber);
        }

        var log = new TurnLog { OnToken = onToken };
        Assert.True(_turns.TryAdd(submit.Turn, log), "a turn id was used twice: " + submit.Turn);
        Engine.Submit(submit);
        return log;
    }

    internal async Task<TurnLog> RunAsync(Submit submit, Action<TurnLog>? onToken = null)
    {
        var log = Submit(submit, onToken);
        await EndAsync(log, submit.Turn);
        return log;
    }

    /// <summary>Submits all, then waits for all: they run side by side.</summary>
    internal async Task<TurnLog[]> RunAllAsync(IEnumerable<Submit> submits)
    {
        var logs = submits.Select(submit => (Log: Submit(submit), submit.Turn)).ToArray();
        foreach (var (log, turn) in logs)
        {
            await EndAsync(log, turn);
        }

        return [.. logs.Select(static entry => entry.Log)];
    }

    internal async Task<Finished> EndAsync(TurnLog log, string turn)
    {
        try
        {
            return await log.End.WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            var state = Engine.Snapshot();
            throw new TimeoutException(
                $"turn {turn} has not ended after {Patience}: started {log.Started is not null}, {log.Tokens.Count} tokens; engine {state}");
        }
    }

    internal async Task<TextReply> CallAsync(TextCall call)
    {
        call.Call = Interlocked.Increment(ref _lastNumber);
        var reply = _calls[call.Call] = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Engine.Call(call);
        return await reply.Task.WaitAsync(Patience);
    }

    public void Dispose() => Engine.Dispose();

    private static DecodeEngine Loaded(LoadOutcome outcome) => outcome.Engine ?? throw new InvalidOperationException(outcome.Problem?.Sentence);

    private void Take(FromDecoder frame)
    {
        OnFrame?.Invoke(frame);
        switch (frame.FrameCase)
        {
            case FromDecoder.FrameOneofCase.Started:
                _turns[frame.Started.Turn].Add(frame);
                break;
            case FromDecoder.FrameOneofCase.Tokens:
                _turns[frame.Tokens.Turn].Add(frame);
                break;
            case FromDecoder.FrameOneofCase.Finished:
                _turns[frame.Finished.Turn].Add(frame);
                break;
            case FromDecoder.FrameOneofCase.Text:
                if (_calls.TryGetValue(frame.Text.Call, out var call))
                {
                    call.SetResult(frame.Text);
                }


                break;
        }
    }
}
