using Bailiwick.Protocol;
using Bailiwick.Protocol.Decoder;
using Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Decoder.Frames;

/// <summary>The decoder's side of the frames, from Hello to the end of file.</summary>
internal sealed class FrameHost(Stream input, FrameWriter writer, Isolation isolation, EngineLoader load, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(2);

    private readonly FrameReader _reader = new(input);

    /// <summary>Serves until the parent says Shutdown or is gone.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync()
    {
        Emit(new FromDecoder { Hello = Hello() });
        try
        {
            if (Next() is not { } first)
            {
                return ExitCode.Success;
            }

            var request = first.Load ?? throw new FrameException($"the first frame is {first.FrameCase}, not Load");
            if (Sandbox.Refusal(isolation, request.AllowUnisolated) is { } refusal)
            {
                return Fault(Errors.NoReplica.With(refusal));
            }

            var (loaded, problem) = await load(request, Emit, writer.Flush);
            if (problem is not null)
            {
                return Fault(problem);
            }

            using var engine = loaded!;
            Emit(new FromDecoder { Ready = engine.Ready });
            using var pulse = new Pulse(engine, request, Emit, writer, time);
            var grace = Serve(engine);
            await engine.StopAsync(grace, CancellationToken.None);
            writer.Drain(DrainLimit);
            return ExitCode.Success;
        }
        catch (FrameException problem)
        {
            return Fault(Errors.Internal.With($"The frames to the decoder are broken: {problem.Message}."));
        }
    }

    public void Dispose()
    {
        writer.Dispose();
        _reader.Dispose();
    }

    // The engine calls this for every token: it serialises at once, so that the engine may use the message again.
    // Tokens wait for those of the other turns of a pass: one write, one wake-up of the other side.
    private void Emit(FromDecoder frame) => writer.TryWrite(frame, hold: frame.FrameCase == FromDecoder.FrameOneofCase.Tokens);

    private TimeSpan Serve(IDecodeEngine engine)
    {
        while (Next() is { } frame)
        {
            switch (frame.FrameCase)
            {
                case ToDecoder.FrameOneofCase.Submit:
                    engine.Submit(frame.Submit);
                    break;
                case ToDecoder.FrameOneofCase.Cancel:
                    engine.Cancel(frame.Cancel.Turn);
                    break;
                case ToDecoder.FrameOneofCase.Text:
                    engine.Call(frame.Text);
                    break;
                case ToDecoder.FrameOneofCase.Shutdown:
                    return TimeSpan.FromMilliseconds(frame.Shutdown.GraceMs);
                default:
                    throw new FrameException($"a frame {frame.FrameCase} where none is due");
            }
        }

        // The parent is gone: nobody reads what a grace would give.
        return TimeSpan.Zero;
    }

    private ToDecoder? Next() => _reader.TryRead(out var payload) ? FrameReader.Parse(ToDecoder.Parser, payload) : null;

    private int Fault(Problem problem)
    {
        Emit(new FromDecoder { Fault = new Fault { Problem = problem } });
        writer.Drain(DrainLimit);
        return ExitCode.Refused;
    }

    private Hello Hello() => new()
    {
        Pid = Environment.ProcessId,
        Version = typeof(FrameHost).Assembly.GetName().Version?.ToString(3) ?? "",
        Isolation = isolation,
    };
}
