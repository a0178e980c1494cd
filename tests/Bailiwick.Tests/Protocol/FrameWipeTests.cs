using System.Text;
using Bailiwick.Protocol.Decoder;
using Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Tests.Protocol;

/// <summary>Frames hold prompts and answers: their buffers hold nothing of one that is read, has left, or never will leave.</summary>
public sealed class FrameWipeTests
{
    private const int BufferBytes = 16 * 1024;

    private static readonly TimeSpan Wait = TimeSpan.FromMinutes(1);

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

    [Fact]
    public void Reader_ThatWaitsForTheRestOfTheNextFrame_HasNothingOfTheLastOne()
    {
        var stream = new Watched("\u0006secret\u0002x"u8.ToArray(), "y"u8.ToArray());
        using var reader = new FrameReader(stream);

        Assert.True(reader.TryRead(out _));
        Assert.True(reader.TryRead(out var second));
        Assert.Equal("xy"u8, second);

        Assert.Equal([false, false], stream.Held);
    }

    [Fact]
    public void Reader_ThatMovedAFrameToTheFront_HasNoSecondCopyOfIt()
    {
        // The first frame and the beginning of the second fill the buffer.
        const int begun = 10;
        var length = BufferBytes - begun - 3;
        byte[] first = [(byte)(length | 0x80), (byte)((length >> 7) | 0x80), (byte)(length >> 14), .. new byte[length]];
        var second = "\u0012secretsecretsecret"u8;
        var stream = new Watched([.. first, .. second[..begun]], second[begun..].ToArray(), "\u0001x"u8.ToArray());
        using var reader = new FrameReader(stream);

        Assert.True(reader.TryRead(out _));
        Assert.True(reader.TryRead(out var moved));
        Assert.Equal("secretsecretsecret"u8, moved);
        Assert.True(reader.TryRead(out _));

        Assert.Equal([false, true, false], stream.Held);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Writer_WhoseFrameHasLeft_HasNothingOfIt(bool isWritable)
    {
        using var stream = new Lending();
        using var writer = new FrameWriter(stream, "test", () => isWritable);
        Hold(writer, "secret");

        writer.Flush();
        Assert.True(writer.Drain(Wait), "phase drain: the frame still waits");

        var (buffer, held) = Assert.Single(stream.Lent);
        Assert.Equal((true, false), (held, Holds(buffer)));
    }

    [Fact]
    public void Writer_ThatGrew_LeftNothingInTheSmallBuffer()
    {
        using var stream = new Lending();
        using var writer = new FrameWriter(stream, "test", static () => true);
        var small = Lend(writer, stream);

        Hold(writer, "secret");
        Assert.True(Holds(small));
        Hold(writer, new string('x', 2 * BufferBytes));

        Assert.False(Holds(small));
        Assert.True(writer.Drain(Wait), "phase drain: the frames still wait");
        Assert.True(stream.Lent[^1].Held, "the frame did not leave");
        Assert.False(Holds(stream.Lent[^1].Buffer));
    }

    [Fact]
    public void Writer_ThatBreaks_HasNothingOfWhatWaited()
    {
        using var stream = new Lending();
        using var writer = new FrameWriter(stream, "test", static () => true, maxPendingBytes: 1000);
        var pending = Lend(writer, stream);

        Hold(writer, "secret");
        Assert.True(Holds(pending));
        Assert.False(writer.TryWrite(Frame(new string('x', 1000)), hold: true));

        Assert.False(Holds(pending));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Writer_WhoseStreamIsGone_HasNothingOfWhatItWrote(bool isWritable)
    {
        using var stream = new Lending { IsGone = true };
        using var writer = new FrameWriter(stream, "test", () => isWritable);
        Hold(writer, "secret");

        writer.Flush();
        Assert.False(writer.Drain(Wait));

        var (buffer, held) = Assert.Single(stream.Lent);
        Assert.IsType<IOException>(writer.Broken);
        Assert.Equal((true, false), (held, Holds(buffer)));
    }

    private static bool Holds(byte[] buffer) => buffer.AsSpan().IndexOf("secret"u8) >= 0;

    private static FromDecoder Frame(string text) => new() { Tokens = new Tokens { Turn = text } };

    private static void Hold(FrameWriter writer, string text) => Assert.True(writer.TryWrite(Frame(text), hold: true));

    /// <summary>The buffer that the writer gathers in: a writable pipe is written from it.</summary>
    private static byte[] Lend(FrameWriter writer, Lending stream)
    {
        Hold(writer, "first");
        writer.Flush();
        return Assert.Single(stream.Lent).Buffer;
    }

    /// <summary>Gives a piece at a time, and looks for the secret in its reader's buffer when it is asked for one.</summary>
    private sealed class Watched(params byte[][] pieces) : MemoryStream
    {
        public List<bool> Held { get; } = [];

        public override int Read(byte[] buffer, int offset, int count)
        {
            var piece = pieces[Held.Count];
            Held.Add(Holds(buffer));
            piece.CopyTo(buffer, offset);
            return piece.Length;
        }
    }

    /// <summary>Keeps the buffers that it was given, and whether the secret was in what was written.</summary>
    private sealed class Lending : MemoryStream
    {
        public bool IsGone { get; init; }

        public List<(byte[] Buffer, bool Held)> Lent { get; } = [];

        public override void Write(byte[] buffer, int offset, int count)
        {
            Lent.Add((buffer, Encoding.UTF8.GetString(buffer, offset, count).Contains("secret", StringComparison.Ordinal)));
            if (IsGone)
            {
                throw new IOException("gone");
            }
        }
    }
}
