using Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Decoder.Frames;

/// <summary>Loads the engine that a Load frame asks for.</summary>
/// <param name="request">The frame.</param>
/// <param name="emit">Takes one frame; does not block and keeps no reference to it.</param>
/// <param name="flush">The tokens of a pass have been emitted: they may leave, together.</param>
internal delegate Task<EngineOutcome> EngineLoader(Load request, Action<FromDecoder> emit, Action flush);

/// <summary>What loading gave: exactly one of the two.</summary>
internal readonly record struct EngineOutcome(IDecodeEngine? Engine, Problem? Problem);

/// <summary>What stands behind the frames: a real loop, or a simulated one. Calls may come from any thread and do not block.</summary>
internal interface IDecodeEngine : IDisposable
{
    Ready Ready { get; }

    void Submit(Submit turn);

    void Cancel(string turn);

    void Call(TextCall call);

    Heartbeat Snapshot();

    /// <summary>Running turns may end within the grace; then they end as cancelled.</summary>
    Task StopAsync(TimeSpan grace, CancellationToken cancellationToken);
}
