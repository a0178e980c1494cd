using Bailiwick.Protocol;
using Bailiwick.Protocol.Decoder;
using Bailiwick.Protocol.Decoder.V1;
using Microsoft.Extensions.Time.Testing;

namespace Bailiwick.Tests.Protocol;

public sealed class TurnTableTests
{
    [Fact]
    public void Flush_ConsumerGoesOnForLong_HoldsUpNobodyElse()
    {
        var table = new TurnTable(new DecoderLinkOptions { Load = new Load() }, new FakeTimeProvider());
        var heldUp = new List<bool>();
        table.Add(new Submit(), new Sink(() => heldUp.Add(!Task.Run(() => table.Count).Wait(LinkUnderTest.Wait))));

        table.Close(Errors.NoReplica.With("The decoder is gone."));

        Assert.Equal([false], heldUp);
    }

    private sealed class Sink(Action flushed) : ITurnSink
    {
        public void OnStarted(Started started)
        {
        }

        public bool TryAdd(ReadOnlySpan<byte> token) => true;

        public bool TryResume(int at) => true;

        public void OnFinished(Finished finished)
        {
        }

        public void Flush() => flushed();
    }
}
