using Bailiwick.Decoder.Loop;
using Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Decoder.Frames;

/// <summary>The real engine behind the frames.</summary>
internal sealed class LoadedEngine(DecodeEngine engine) : IDecodeEngine
{
    public Ready Ready => engine.Ready;

    public static Task<EngineOutcome> LoadAsync(Load request, TimeProvider time, Action<FromDecoder> emit, Action flush)
    {
        var (engine, problem) = DecodeEngine.Load(request, time, emit, flush);
        return Task.FromResult(new EngineOutcome(engine is null ? null : new LoadedEngine(engine), problem));
    }

    public void Submit(Submit turn) => engine.Submit(turn);

    public void Cancel(string turn) => engine.Cancel(turn);

    public void Call(TextCall call) => engine.Call(call);

    public Heartbeat Snapshot() => engine.Snapshot();

    public Task StopAsync(TimeSpan grace, CancellationToken cancellationToken) => engine.StopAsync(grace, cancellationToken);

    public void Dispose() => engine.Dispose();
}
