using Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Decoder.Frames;

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
