using Bailiwick.Protocol;
using Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Decoder.Loop;

/// <summary>
/// One loaded model and the thread that owns it. Commands come from any thread through a bounded queue, answers go
/// out by the callback, on the owner thread.
/// </summary>
/// <remarks>
/// The callback must not block, and must have serialised its frame when it returns: the frame of tokens is filled again
/// for the next token. A command to a full queue waits for the owner thread, which takes a few between two passes.
/// </remarks>
public sealed class DecodeEngine : IDisposable
{
    private const int MostCommands = 1024;

    private readonly CommandQueue _commands = new(MostCommands);
    private readonly TaskCompletionSource<Problem?> _loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TimeProvider _clock;
    private readonly Counters _counters = new();
    private readonly Thread _owner;

    private DecodeEngine(Func<LoadedModel> load, TimeProvider clock, TurnFrames frames)
    {
        _clock = clock;
        _owner = new Thread(() => Own(load, frames)) { IsBackground = true, Name = "decode" };
    }

    /// <summary>What was loaded.</summary>
    public Ready Ready { get; private set; } = new();

    /// <summary>Loads a model on a new owner thread; returns when it can take turns, or with the reason why it cannot.</summary>
    /// <param name="request">Read once, not kept.</param>
    /// <param name="clock">Measures deadlines, the grace and timings.</param>
    /// <param name="emit">Called on the owner thread; see the remarks on this type.</param>
    /// <param name="flush">Called on the owner thread when the tokens of a pass have been emitted: they may leave, together.</param>
    public static LoadOutcome Load(Load request, TimeProvider clock, Action<FromDecoder> emit, Action flush)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(clock);
        ArgumentNullException.ThrowIfNull(emit);
        ArgumentNullException.ThrowIfNull(flush);
        return Start(() => LoadedModel.Load(request, clock), clock, emit, flush);
    }

    /// <summary>The same for a model that the caller puts together on the owner thread, which frees it.</summary>
    internal static LoadOutcome Start(Func<LoadedModel> load, TimeProvider clock, Action<FromDecoder> emit, Action flush)
    {
        var engine = new DecodeEngine(load, clock, new TurnFrames(emit, flush));
        engine._owner.Start();
        if (engine._loaded.Task.GetAwaiter().GetResult() is not { } problem)
        {
            return new LoadOutcome(engine, null);
        }

        engine.Dispose();
        return new LoadOutcome(null, problem);
    }

    /// <summary>Asks for a turn. Answers: Started, Tokens, Finished; or Finished alone when it is refused.</summary>
    /// <exception cref="ObjectDisposedException">The engine has stopped.</exception>
    public void Submit(Submit turn)
    {
        ArgumentNullException.ThrowIfNull(turn);
        Send(new Command.Begin(turn, _clock.GetTimestamp()));
    }

    /// <summary>Ends a turn within one step. Answer: its Finished, unless it had ended already.</summary>
    /// <inheritdoc cref="Submit" path="/exception"/>
    public void Cancel(string turn)
    {
        ArgumentNullException.ThrowIfNull(turn);
        Send(new Command.End(turn));
    }

    /// <summary>Asks for text work between two steps. Answer: a TextReply with the same call number.</summary>
    /// <inheritdoc cref="Submit" path="/exception"/>
    public void Call(TextCall call)
    {
        ArgumentNullException.ThrowIfNull(call);
        Send(new Command.Ask(call));
    }

    /// <summary>How it goes, from any thread. Iterations grow with every pass of the owner loop, idle passes included.</summary>
    public Heartbeat Snapshot() => _counters.Snapshot();

    /// <summary>
    /// Takes no more turns, refuses those that wait, lets running ones end within the grace, cancels the rest. The task
    /// ends when the owner thread has freed the model. Cancelling the token cuts the grace short.
    /// </summary>
    public async Task StopAsync(TimeSpan grace, CancellationToken cancellationToken)
    {
        TrySend(new Command.Stop(grace, _clock.GetTimestamp()));
        await using (cancellationToken.UnsafeRegister(
            static state => ((DecodeEngine)state!).TrySend(new Command.Stop(TimeSpan.Zero, 0)), this).ConfigureAwait(false))
        {
            await _ended.Task.ConfigureAwait(false);
        }
    }

    /// <summary>Cancels what runs and waits until the model has been freed.</summary>
    public void Dispose()
    {
        TrySend(new Command.Stop(TimeSpan.Zero, 0));
        _owner.Join();
    }

    private void Send(Command command) => ObjectDisposedException.ThrowIf(!TrySend(command), this);

    private bool TrySend(Command command) => _commands.TryAdd(command);

    // The border of the background loop: whatever goes wrong here becomes the answer to Load, or a Fault.
    private void Own(Func<LoadedModel> load, TurnFrames frames)
    {
        try
        {
            using var model = load();
            using var loop = new OwnerLoop(model, frames, _counters, _clock);
            Ready = model.Ready;
            _loaded.SetResult(null);
            loop.Run(_commands);
        }
        catch (Exception failure)
        {
            var problem = ProblemOf(failure, loading: !_loaded.Task.IsCompleted);
            if (!_loaded.TrySetResult(problem))
            {
                frames.SendFault(problem);
            }
        }
        finally
        {
            _commands.Close();
            _ended.SetResult();
        }
    }

    // While loading, no prompt has been seen: what the system says of a file may be shown.
    private static Problem ProblemOf(Exception failure, bool loading) => failure switch
    {
        DecoderProblemException refusal => refusal.Problem,
        IOException or UnauthorizedAccessException when loading =>
            Problems.Invalid($"The model folder cannot be read: {failure.Message.TrimEnd('.')}."),
        _ => Problems.Of(Errors.Internal, $"The decode loop ended with {failure.GetType().Name}."),
    };
}
