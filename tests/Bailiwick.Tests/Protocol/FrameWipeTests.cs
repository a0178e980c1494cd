using Bailiwick.Protocol.Decoder;

namespace Bailiwick.Tests.Protocol;

public sealed class FrameWipeTests
{
    [Fact]
    public void Reader_ThatWaitsForTheNextFrame_HasNothingOfTheLastOne()
    {
        var stream = new Watched("\u0006secret"u8.ToArray(), "\u0001x"u8.ToArray());
        using var reader = new FrameReader(stream);

        Assert.True(reader.TryRead(out var first));
        Assert.Equal("secret"u8, first);
        Assert.True(reader.TryRead(out _));

        Assert.Equal([false, false], stream.Held);
    }

    /// <summary>Gives a piece at a time, and looks for the secret in its reader's buffer when it is asked for one.</summary>
    private sealed class Watched(params byte[][] pieces) : MemoryStream
    {
        public List<bool> Held { get; } = [];

        public override int Read(byte[] buffer, int offset, int count)
        {
            var piece = pieces[Held.Count];
            Held.Add(buffer.AsSpan().IndexOf("secret"u8) >= 0);
            piece.CopyTo(buffer, offset);
            return piece.Length;
        }
    }
}
