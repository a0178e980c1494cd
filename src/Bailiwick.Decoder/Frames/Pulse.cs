using Bailiwick.Protocol.Decoder;
using Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Decoder.Frames;

/// <summary>
/// Sends the heartbeat and watches the memory. Not on the owner thread: a hung loop still sends heartbeats, whose
/// iterations then stand still.
/// </summary>
internal sealed class Pulse : IDisposable
{
    private const int DefaultMs = 250;
    private static readonly TimeSpan LastFramesLimit = TimeSpan.FromMilliseconds(500);

    private readonly IDecodeEngine _engine;
    private readonly Action<FromDecoder> _emit;
    private readonly FrameWriter _writer;
    private readonly long _memoryLimit;
    private readonly ResidentSet _memory = new();
    private readonly ITimer _timer;

    public Pulse(IDecodeEngine engine, Load request, Action<FromDecoder> emit, FrameWriter writer, TimeProvider time)
    {
        (_engine, _emit, _writer, _memoryLimit) = (engine, emit, writer, request.MemoryLimitBytes);
        var period = TimeSpan.FromMilliseconds(request.HeartbeatMs > 0 ? request.HeartbeatMs : DefaultMs);
        _timer = time.CreateTimer(_ => Beat(), null, period, period);
    }

    public void Dispose()
    {
        _timer.Dispose();
        _memory.Dispose();
    }

    private void Beat()
    {
        var beat = _engine.Snapshot();
        beat.ResidentBytes = _memory.Read();
        beat.AllocatedBytes = GC.GetTotalAllocatedBytes();
        beat.CpuUs = (long)Environment.CpuUsage.TotalTime.TotalMicroseconds;
        _emit(new FromDecoder { Heartbeat = beat });
        if (_memoryLimit > 0 && beat.ResidentBytes > _memoryLimit)
        {
            Console.Error.WriteLine($"decoder: resident set {beat.ResidentBytes} bytes above the limit of {_memoryLimit}; ending for a restart");
            _writer.Drain(LastFramesLimit);

            // No teardown, which would pull the libraries from under a loop in full run: it would end its turns with an error, and they
            // would not be resumed. The kernel frees it all.
            ProcessCalls.EndNow(ExitCode.MemoryLimit);
        }
    }
}
