using System.Runtime.CompilerServices;
using Bailiwick.Protocol.Decoder.V1;
using Microsoft.Extensions.Logging;

namespace Bailiwick.Protocol.Decoder;

/// <summary>
/// Owns one decoder: starts it isolated, speaks frames with it, kills it when it hangs, restarts it when it is lost, and
/// carries its turns over, so that their consumers see neither a gap nor a repeat. All members are thread-safe.
/// </summary>
public sealed class DecoderLink : IDecoderObserver, IAsyncDisposable
{
    private static readonly TimeSpan KillAfterGrace = TimeSpan.FromSeconds(2);

    private readonly DecoderLinkOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly TurnTable _turns;
    private readonly TextCalls _calls;
    private readonly StateFeed _state = new(new DecoderState(DecoderPhase.Starting, 0, null, null, null));
    private readonly CancellationTokenSource _stopping = new();
    private Task _supervisor = Task.CompletedTask;
    private volatile DecoderLife? _life;
    private volatile Heartbeat? _heartbeat;

    private DecoderLink(DecoderLinkOptions options, TimeProvider time, ILogger logger)
    {
        (_options, _time, _logger) = (options, time, logger);
        _turns = new TurnTable(options, time);
        _calls = new TextCalls(time);
    }

    /// <summary>Where the decoder is now.</summary>
    public DecoderState State => _state.Current;

    /// <summary>The decoder's latest heartbeat; null before the first.</summary>
    public Heartbeat? LatestHeartbeat => _heartbeat;

    /// <summary>
    /// Starts a decoder and waits until it is Ready or has failed; which of them, <see cref="State"/> says. The caller
    /// disposes the link in either case.
    /// </summary>
    /// <exception cref="ArgumentException">The options are out of range; the message lists every fault.</exception>
    /// <exception cref="OperationCanceledException">The token fired first; the decoder is gone.</exception>
    public static async Task<DecoderLink> StartAsync(
        DecoderLinkOptions options, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(logger);
        if (options.Validate() is { Count: > 0 } faults)
        {
            throw new ArgumentException(string.Join(' ', faults), nameof(options));
        }

        var link = new DecoderLink(options, time, logger);
        link._supervisor = link.SuperviseAsync();
        try
        {
            await foreach (var state in link.WatchAsync(cancellationToken).ConfigureAwait(false))
            {
                if (state.IsFinal || state.Phase == DecoderPhase.Ready)
                {
                    break;
                }
            }
        }
        catch (OperationCanceledException)
        {
            await link.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        return link;
    }

    /// <summary>The current state and every later one; ends after a final state. A slow observer skips states, never the last.</summary>
    public IAsyncEnumerable<DecoderState> WatchAsync(CancellationToken cancellationToken) => _state.WatchAsync(cancellationToken);

    /// <summary>
    /// Runs one turn: Started, tokens, then always Finished with a named reason, whatever happens to the decoder.
    /// Cancelling does not throw: the decoder is asked to stop, and Finished says CANCELLED within
    /// <see cref="DecoderLinkOptions.CancelTimeout"/>. Leaving the enumeration early cancels the turn too.
    /// </summary>
    /// <param name="turn">Copied. An empty id is replaced by one that is unique within the link.</param>
    /// <param name="cancellationToken">Ends the turn.</param>
    public async IAsyncEnumerable<TurnEvent> RunAsync(Submit turn, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(turn);
        var channel = new TurnChannel(_options.MaxPendingEvents);
        var active = _turns.Add(turn, channel);
        try
        {
            using var cancelling = cancellationToken.UnsafeRegister(_ => _turns.Cancel(active), null);

            // Not the caller's token: cancelling is answered with Finished, and a plain wait allocates nothing.
            while (await channel.Events.WaitToReadAsync(CancellationToken.None).ConfigureAwait(false))
            {
                while (channel.Events.TryRead(out var next))
                {
                    yield return next;
                }
            }

            yield return TurnEvent.Of(channel.Finished!);
        }
        finally
        {
            _turns.Cancel(active);
        }
    }

    /// <summary>Runs one turn as <see cref="RunAsync"/> does, into a sink; a turn that cannot run has finished when this returns.</summary>
    /// <param name="turn">Copied. An empty id is replaced by one that is unique within the link.</param>
    /// <param name="sink">Gets its events.</param>
    /// <returns>What cancels it.</returns>
    public RunningTurn Run(Submit turn, ITurnSink sink)
    {
        ArgumentNullException.ThrowIfNull(turn);
        ArgumentNullException.ThrowIfNull(sink);
        return new RunningTurn(_turns, _turns.Add(turn, sink));
    }

    /// <summary>Token ids of a text. A refusal is in the reply's problem.</summary>
    /// <param name="text">As it is; never logged.</param>
    /// <param name="recogniseSpecial">Whether control tokens are recognised in it: never for client text.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public Task<TextReply> TokenizeAsync(string text, bool recogniseSpecial, CancellationToken cancellationToken) =>
        CallAsync(new TextCall { Tokenize = new Tokenize { Text = text, RecogniseSpecial = recogniseSpecial } }, cancellationToken);

    /// <summary>Number of tokens of a text, as client text.</summary>
    public Task<TextReply> CountAsync(string text, CancellationToken cancellationToken) =>
        CallAsync(new TextCall { CountText = text }, cancellationToken);

    /// <summary>Number of prompt tokens of a chat.</summary>
    public Task<TextReply> CountAsync(Chat chat, CancellationToken cancellationToken) =>
        CallAsync(new TextCall { CountChat = chat }, cancellationToken);

    /// <summary>Any text call; asked again in the next decoder when this one is lost.</summary>
    public Task<TextReply> CallAsync(TextCall call, CancellationToken cancellationToken) => _calls.CallAsync(call, cancellationToken);

    /// <summary>Asks the decoder to end (running turns get the grace), then kills it; bounded, leaves no process behind.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_stopping.IsCancellationRequested)
        {
            await _stopping.CancelAsync().ConfigureAwait(false);
        }

        await _supervisor.ConfigureAwait(false);
    }

    void IDecoderObserver.OnHello(Hello hello) => _state.Change(state => state with { Phase = DecoderPhase.Loading, Hello = hello });

    void IDecoderObserver.OnReady(DecoderLife decoder, Ready ready)
    {
        Log.Ready(_logger, State.Hello?.Pid ?? 0, ready.LoadMs, ready.Runtime);
        _state.Change(state => state with { Phase = DecoderPhase.Ready, Ready = ready });
        _turns.Attach(decoder);
        _calls.Attach(decoder);
    }

    void IDecoderObserver.OnTokens(TokensFrame frame) => _turns.OnTokens(frame);

    void IDecoderObserver.OnPause() => _turns.Flush();

    void IDecoderObserver.OnFrame(FromDecoder frame)
    {
        switch (frame.FrameCase)
        {
            case FromDecoder.FrameOneofCase.Started:
                _turns.OnStarted(frame.Started);
                break;
            case FromDecoder.FrameOneofCase.Finished:
                _turns.OnFinished(frame.Finished);
                break;
            case FromDecoder.FrameOneofCase.Text:
                _calls.OnReply(frame.Text);
                break;
            case FromDecoder.FrameOneofCase.Heartbeat:
                _heartbeat = frame.Heartbeat;
                break;
        }
    }

    void IDecoderObserver.OnLost(DecoderLoss loss)
    {
        if (!_stopping.IsCancellationRequested)
        {
            Log.Lost(_logger, loss.Kind, loss.Problem.Sentence);
        }

        _state.Change(state => state with
        {
            Phase = DecoderPhase.Restarting,
            Losses = state.Losses + 1,
            Loss = loss,
            Hello = null,
            Ready = null,
        });
        _turns.Detach(loss);
        _calls.Detach();
    }

    private async Task SuperviseAsync()
    {
        var policy = new RestartPolicy(_options);
        var origin = _time.GetTimestamp();
        while (true)
        {
            _life = DecoderLife.Start(_options, _time, _logger, this);
            var loss = await EndOfLifeAsync(_life).ConfigureAwait(false);
            if (_stopping.IsCancellationRequested)
            {
                break;
            }

            var delay = loss.Permanent ? null : policy.NextDelay(_time.GetElapsedTime(origin));
            if (delay is null)
            {
                Log.Failed(_logger, loss.Kind, loss.Problem.Sentence);
                Close(DecoderPhase.Failed, loss.Problem);
                return;
            }

            Log.Restarting(_logger, delay.Value.TotalMilliseconds, _turns.Count);
            await Task.Delay(delay.Value, _time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_stopping.IsCancellationRequested)
            {
                break;
            }

            _state.Change(state => state with { Phase = DecoderPhase.Starting });
        }

        Close(DecoderPhase.Stopped, Errors.Draining.With("This decoder is being stopped."));
    }

    private async Task<DecoderLoss> EndOfLifeAsync(DecoderLife life)
    {
        await Task.WhenAny(life.Ended, Task.Delay(Timeout.InfiniteTimeSpan, _time, _stopping.Token)).ConfigureAwait(false);
        if (_stopping.IsCancellationRequested)
        {
            life.TrySend(new ToDecoder { Shutdown = new Shutdown { GraceMs = (long)_options.ShutdownGrace.TotalMilliseconds } });
            var killed = Task.Delay(_options.ShutdownGrace + KillAfterGrace, _time, CancellationToken.None);
            if (await Task.WhenAny(life.Ended, killed).ConfigureAwait(false) == killed)
            {
                life.Kill(LossKind.Hung, "The decoder did not stop when it was asked to.");
            }
        }

        return await life.Ended.ConfigureAwait(false);
    }

    private void Close(DecoderPhase phase, Problem problem)
    {
        _turns.Close(problem);
        _calls.Close(problem);
        _state.Change(state => state with { Phase = phase });
    }
}
