using System.Threading.Channels;
using Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Protocol.Decoder;

/// <summary>A turn's events as a bounded channel, for <see cref="DecoderLink.RunAsync"/>.</summary>
internal sealed class TurnChannel(int maxPending) : ITurnSink
{
    private readonly Channel<TurnEvent> _events = Channel.CreateBounded<TurnEvent>(
        new BoundedChannelOptions(maxPending) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    /// <summary>Complete once <see cref="Finished"/> is set.</summary>
    public ChannelReader<TurnEvent> Events => _events.Reader;

    /// <summary>How the turn ended; null while it runs.</summary>
    public Finished? Finished { get; private set; }

    public void OnStarted(Started started) => _events.Writer.TryWrite(TurnEvent.Of(started));

    public bool TryAdd(ReadOnlySpan<byte> token) => _events.Writer.TryWrite(TurnEvent.Of(DecodedToken.Parse(token)));

    public bool TryResume(int at) => _events.Writer.TryWrite(TurnEvent.Resumed(at));

    public void OnFinished(Finished finished)
    {
        Finished = finished;
        _events.Writer.Complete();
    }

    public void Flush()
    {
        // Its reader was woken by the first event.
    }
}
