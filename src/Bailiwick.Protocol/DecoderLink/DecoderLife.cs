using System.ComponentModel;
using System.Diagnostics;
using Bailiwick.Protocol.Decoder.V1;
using Microsoft.Extensions.Logging;

namespace Bailiwick.Protocol.Decoder;

/// <summary>What a decoder's frames mean to its link. Called on the life's thread; must not block.</summary>
internal interface IDecoderObserver
{
    void OnHello(Hello hello);

    void OnReady(DecoderLife decoder, Ready ready);

    void OnTokens(TokensFrame frame);

    void OnFrame(FromDecoder frame);

    /// <summary>All that has come so far was told.</summary>
    void OnPause();

    /// <summary>Last call: the process is gone.</summary>
    void OnLost(DecoderLoss loss);
}

/// <summary>One decoder process from its start until it is reaped.</summary>
internal sealed class DecoderLife
{
    private static readonly TimeSpan ExitWait = TimeSpan.FromSeconds(5);

    private readonly DecoderLinkOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly IDecoderObserver _observer;
    private readonly TaskCompletionSource<DecoderLoss> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private readonly long _origin;
    private readonly ProgressWatch _watch;
    private Process? _process;
    private FrameWriter? _writer;
    private DecoderLoss? _cause;
    private bool _hello;
    private bool _ready;

    private DecoderLife(DecoderLinkOptions options, TimeProvider time, ILogger logger, IDecoderObserver observer)
    {
        (_options, _time, _logger, _observer) = (options, time, logger, observer);
        _origin = time.GetTimestamp();
        _watch = new ProgressWatch(options.LoadTimeout, options.HangTimeout, TimeSpan.Zero);
    }

    /// <summary>Why the process is gone; completes when it has been reaped.</summary>
    public Task<DecoderLoss> Ended => _ended.Task;

    private TimeSpan Now => _time.GetElapsedTime(_origin);

    public static DecoderLife Start(DecoderLinkOptions options, TimeProvider time, ILogger logger, IDecoderObserver observer)
    {
        var life = new DecoderLife(options, time, logger, observer);

        // One thread starts the process and reads its frames to the end. It must be the same one: Linux sends the
        // child's parent-death signal when the *thread* that forked it ends, and a pool thread may end at any time.
        new Thread(life.Run) { IsBackground = true, Name = "decoder-read" }.Start();
        return life;
    }

    public bool TrySend(ToDecoder frame) => _writer?.TryWrite(frame) ?? false;

    /// <summary>Ends the process with SIGKILL; the first cause given is the one reported.</summary>
    public void Kill(LossKind kind, string sentence, bool permanent = false)
    {
        lock (_gate)
        {
            _cause ??= new DecoderLoss(kind, Errors.NoReplica.With(sentence), permanent);
            if (_process is { HasExited: false } running)
            {
                running.Kill();
            }
        }
    }

    private void Run()
    {
        DecoderLoss loss;
        try
        {
            var arguments = _options.SimulationProfile is { } profile ? new[] { "--simulate", Path.GetFullPath(profile) } : [];
            using var process = Process.Start(DecoderStartInfo.Of(_options, arguments))
                ?? throw new InvalidOperationException("No process was started.");
            loss = Live(process);
        }
        catch (Exception problem) when (problem is Win32Exception or IOException or InvalidOperationException)
        {
            loss = new DecoderLoss(LossKind.NotStarted, Errors.NoReplica.With($"The decoder cannot be started: {problem.Message}"), Permanent: true);
        }

        _observer.OnLost(loss);
        _ended.SetResult(loss);
    }

    private DecoderLoss Live(Process process)
    {
        var stderr = StderrPump.RunAsync(process.StandardError, _logger, process.Id);
        using var writer = new FrameWriter(process.StandardInput.BaseStream, "decoder-write");
        lock (_gate)
        {
            (_process, _writer) = (process, writer);
            if (_cause is not null)
            {
                // Killed before it had started.
                process.Kill();
            }
        }

        var period = TimeSpan.FromTicks(Math.Min(_options.HangTimeout.Ticks, TimeSpan.TicksPerSecond) / 4);
        using (_time.CreateTimer(_ => Watch(), null, period, period))
        {
            ReadFrames(process.StandardOutput.BaseStream);
            WaitForExit(process);
        }

        stderr.Wait(ExitWait);
        lock (_gate)
        {
            _process = null;
            return _cause ?? Describe(process.ExitCode);
        }
    }

    private void ReadFrames(Stream stdout)
    {
        try
        {
            using var reader = new FrameReader(stdout, _options.MaxFrameBytes);
            while (reader.TryRead(out var payload))
            {
                if (TokensFrame.TryOpen(payload, out var tokens))
                {
                    _observer.OnTokens(tokens);
                }
                else
                {
                    Dispatch(FrameReader.Parse(FromDecoder.Parser, payload));
                }

                // A decoder writes the tokens of one step at once: whoever passes them on shall do so too.
                if (!reader.HasNext)
                {
                    _observer.OnPause();
                }
            }
        }
        catch (FrameException problem) when (problem.IsTruncation)
        {
            // It died while it wrote: how, the exit code says.
        }
        catch (FrameException problem)
        {
            Kill(LossKind.Garbage, $"The decoder broke the protocol: {problem.Message}.");
        }
    }

    private void Dispatch(FromDecoder frame)
    {
        switch (frame.FrameCase)
        {
            case FromDecoder.FrameOneofCase.Hello when !_hello:
                _hello = true;
                Log.Started(_logger, frame.Hello.Pid, frame.Hello.Version, frame.Hello.Isolation?.Isolated ?? false);
                _observer.OnHello(frame.Hello);
                TrySend(new ToDecoder { Load = Absolute(_options.Load) });
                break;
            case FromDecoder.FrameOneofCase.Ready when _hello && !_ready:
                _ready = true;
                lock (_gate)
                {
                    _watch.Ready(Now);
                }

                _observer.OnReady(this, frame.Ready);
                break;
            case FromDecoder.FrameOneofCase.Heartbeat:
                lock (_gate)
                {
                    _watch.Heartbeat(frame.Heartbeat.Iterations, Now);
                }

                _observer.OnFrame(frame);
                break;
            case FromDecoder.FrameOneofCase.Fault:
                lock (_gate)
                {
                    _cause ??= new DecoderLoss(LossKind.Fault, frame.Fault.Problem ?? new Problem(), Permanent: !_ready);
                }

                break;
            case FromDecoder.FrameOneofCase.Started or FromDecoder.FrameOneofCase.Finished or FromDecoder.FrameOneofCase.Text when _ready:
                _observer.OnFrame(frame);
                break;
            default:
                throw new FrameException($"a frame {frame.FrameCase} where none is due");
        }
    }

    // The decoder has a working directory of its own.
    private static Load Absolute(Load given)
    {
        var load = given.Clone();
        load.ModelDirectory = given.ModelDirectory.Length > 0 ? Path.GetFullPath(given.ModelDirectory) : "";
        return load;
    }

    private void Watch()
    {
        LossKind? verdict;
        lock (_gate)
        {
            verdict = _watch.Verdict(Now);
        }

        if (verdict is { } kind)
        {
            Kill(kind, kind == LossKind.Hung
                ? $"The decoder made no progress for {_options.HangTimeout.TotalSeconds:0.###} s."
                : $"The decoder was not ready within {_options.LoadTimeout.TotalSeconds:0.###} s.");
        }
    }

    // Its stdout is at its end: it is dead, dying, or has closed the pipe and lives on.
    private void WaitForExit(Process process)
    {
        if (!process.WaitForExit(ExitWait))
        {
            Kill(LossKind.Hung, "The decoder closed its output but did not end.");
            process.WaitForExit();
        }
    }

    private DecoderLoss Describe(int exitCode)
    {
        if (exitCode == DecoderStartInfo.MemoryLimitExitCode)
        {
            return new DecoderLoss(LossKind.MemoryLimit, Errors.NoReplica.With("The decoder reached its memory limit and ended itself."));
        }

        if (!_hello && exitCode is > 0 and < 128)
        {
            var how = _options.Isolate ? "in namespaces of its own (unshare)" : "without isolation";
            return new DecoderLoss(
                LossKind.NotStarted, Errors.NoReplica.With($"The decoder did not start {how}: exit code {exitCode}; its log says why."), Permanent: true);
        }

        return new DecoderLoss(LossKind.Ended, Errors.NoReplica.With(exitCode > 128
            ? $"The decoder was ended by signal {exitCode - 128}."
            : $"The decoder ended with exit code {exitCode}."));
    }
}
