using Bailiwick.Protocol.Decoder;
using Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Tests.Protocol;

/// <summary>Frames that wait for each other: one write for the tokens of a pass, by whom it costs least.</summary>
public sealed class FrameHoldTests
{
    private static readonly TimeSpan Wait = TimeSpan.FromMinutes(1);

    [Fact]
    public void Flush_OfHeldFramesToAWritablePipe_WritesThemTogetherOnTheCallersThread()
    {
        using var stream = new RecordingStream();
        using var writer = new FrameWriter(stream, "test", isWritable: static () => true);

        Hold(writer, 3);
        Assert.Empty(stream.Writes);
        writer.Flush();

        var (frames, thread) = Assert.Single(stream.Writes);
        Assert.Equal((3, Environment.CurrentManagedThreadId), (frames, thread));
        Assert.True(writer.Drain(Wait), "phase drain: something waits after a flush");
    }

    [Fact]
    public void Flush_OfHeldFramesToAPipeThatWouldBlock_LeavesThemToTheWritingThread()
    {
        using var stream = new RecordingStream();
        using var writer = new FrameWriter(stream, "test", isWritable: static () => false);

        Hold(writer, 3);
        writer.Flush();

        Assert.True(writer.Drain(Wait), "phase drain: held frames still wait");
        var (frames, thread) = Assert.Single(stream.Writes);
        Assert.Equal(3, frames);
        Assert.NotEqual(Environment.CurrentManagedThreadId, thread);
    }

    [Fact]
    public void TryWrite_OfAFrameThatIsNotHeld_LetsTheHeldOnesLeaveBeforeIt()
    {
        using var stream = new RecordingStream();
        using var writer = new FrameWriter(stream, "test", isWritable: static () => true);

        Hold(writer, 2);
        Assert.True(writer.TryWrite(new FromDecoder { Finished = new Finished { Turn = "t" } }));

        Assert.True(writer.Drain(Wait), "phase drain: frames still wait");
        Assert.Equal(3, Assert.Single(stream.Writes).Frames);
    }

    [Fact]
    public void Flush_ToAStreamThatIsGone_BreaksTheWriter()
    {
        using var stream = new RecordingStream { IsGone = true };
        using var writer = new FrameWriter(stream, "test", isWritable: static () => true);

        Hold(writer, 1);
        writer.Flush();

        Assert.IsType<IOException>(writer.Broken);
        Assert.False(writer.TryWrite(new FromDecoder()));
    }

    private static void Hold(FrameWriter writer, int frames)
    {
        for (var frame = 0; frame < frames; frame++)
        {
            Assert.True(writer.TryWrite(new FromDecoder { Tokens = new Tokens { Turn = "t" } }, hold: true));
        }
    }

    private sealed class RecordingStream : MemoryStream
    {
        private readonly List<(int Frames, int Thread)> _writes = [];

        internal bool IsGone { get; init; }

        internal IReadOnlyList<(int Frames, int Thread)> Writes
        {
            get
            {
                lock (_writes)
                {
                    return [.. _writes];
                }
            }
        }

        public override void Write(byte[] buffer, int offset, int count)
        {
            if (IsGone)
            {
                throw new IOException("gone");
            }

            using var reader = new FrameReader(new MemoryStream(buffer, offset, count));
            var frames = 0;
            while (reader.TryRead(out _))
            {
                frames++;
            }

            lock (_writes)
            {
                _writes.Add((frames, Environment.CurrentManagedThreadId));
            }
        }
    }
}
