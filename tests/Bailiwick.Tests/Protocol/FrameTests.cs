using Bailiwick.Protocol.Decoder;
using Bailiwick.Protocol.Decoder.V1;
using CsCheck;
using Google.Protobuf;

namespace Bailiwick.Tests.Protocol;

public sealed class FrameTests
{
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(10);

    [Fact]
    public void Writer_ManyThreads_NeverInterleavesFrames()
    {
        using var stream = new MemoryStream();
        using var writer = new FrameWriter(new KeptOpen(stream), "test");

        Parallel.For(0, 8, thread =>
        {
            for (var call = 0; call < 500; call++)
            {
                Assert.True(writer.TryWrite(new ToDecoder { Text = new TextCall { Call = (thread * 1000) + call, CountText = new string('x', call) } }));
            }
        });

        Assert.True(writer.Drain(Wait), "phase drain: frames still wait");
        stream.Position = 0;
        var calls = ReadAll(stream).Select(frame => frame.Text).ToList();
        Assert.Equal(4000, calls.Select(call => call.Call).Distinct().Count());
        Assert.All(calls, call => Assert.Equal(call.Call % 1000, call.CountText.Length));
    }

    [Fact]
    public void Drain_WriterThatHasWrittenAll_ReturnsAtOnce()
    {
        using var stream = new MemoryStream();
        using var writer = new FrameWriter(new KeptOpen(stream), "test");
        Assert.True(writer.TryWrite(new ToDecoder { Shutdown = new Shutdown { GraceMs = 5 } }));
        Assert.True(writer.Drain(Wait), "phase first drain: the frame still waits");

        Assert.True(writer.Drain(Wait), "phase second drain: nothing was queued, yet something is waited for");
    }

    [Fact]
    public void Writer_PeerThatDoesNotRead_BreaksInsteadOfBlocking()
    {
        using var stuck = new StuckStream();
        using var writer = new FrameWriter(stuck, "test", maxPendingBytes: 10_000);
        var frame = new ToDecoder { Text = new TextCall { CountText = new string('x', 1000) } };

        var taken = 0;
        while (taken < 1000 && writer.TryWrite(frame))
        {
            taken++;
        }

        Assert.InRange(taken, 9, 20);
        Assert.Contains("does not read", writer.Broken?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Reader_StreamInSingleBytes_GivesTheSameFrames()
    {
        var bytes = Enumerable.Range(0, 50).SelectMany(size => Frame(new ToDecoder { Cancel = new Cancel { Turn = new string('t', size * 7) } })).ToArray();

        var turns = ReadAll(new TrickleStream(bytes)).Select(frame => frame.Cancel.Turn.Length);

        Assert.Equal(Enumerable.Range(0, 50).Select(size => size * 7), turns);
    }

    [Fact]
    public void Reader_EndBetweenFrames_IsTheEnd() => Assert.Empty(ReadAll(new MemoryStream([])));

    [Fact]
    public void Reader_EndInsideAFrame_SaysHowMuchIsMissing()
    {
        var whole = Frame(new ToDecoder { Cancel = new Cancel { Turn = "abcdef" } });

        var problem = Assert.Throws<FrameException>(() => ReadAll(new MemoryStream(whole[..^3])));

        Assert.True(problem.IsTruncation);
        Assert.Contains($"{whole.Length - 4} of a frame's {whole.Length - 1} bytes", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Reader_LengthBeyondTheLimit_IsRefusedBeforeAnythingIsAllocated()
    {
        var before = GC.GetAllocatedBytesForCurrentThread();

        var problem = Assert.Throws<FrameException>(() => ReadAll(new MemoryStream([0xFF, 0xFF, 0xFF, 0xFF, 0x0F])));

        Assert.Contains("4294967295 bytes exceeds the limit", problem.Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
    }

    [Theory]
    [InlineData(new byte[] { 0x80, 0x80, 0x80, 0x80, 0x80, 0x01 })]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 0x1F })]
    public void Reader_LengthThatIsNoLength_IsRefused(byte[] bytes) =>
        Assert.Throws<FrameException>(() => ReadAll(new MemoryStream(bytes)));

    [Fact]
    [Trait("Category", "Hostile")]
    public void Reader_RandomBytes_GivesFramesOrTheOneException() =>
        Gen.Byte.Array[0, 200].Sample(bytes =>
        {
            try
            {
                ReadAll(new MemoryStream(bytes));
                return true;
            }
            catch (FrameException)
            {
                return true;
            }
        }, iter: 20_000, seed: "0000KOIPe343");

    [Fact]
    [Trait("Category", "Hostile")]
    public void TokensFrame_BrokenBytes_GivesTokensOrTheOneException()
    {
        var whole = Sample().ToByteArray();
        Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Byte, Gen.Int[0, whole.Length]).Sample((at, value, length) =>
        {
            var bytes = whole.ToArray();
            bytes[at] = value;
            try
            {
                Read(bytes.AsSpan(0, length));
                return true;
            }
            catch (FrameException)
            {
                return true;
            }
        }, iter: 20_000, seed: "0000KOIPe343");
    }

    [Fact]
    public void TokensFrame_EveryField_ReadsWhatTheGeneratedParserReads()
    {
        var (turn, tokens) = Read(Sample().ToByteArray());

        Assert.Equal("turn-ä", turn);
        Assert.Equal(Sample().Tokens.Token.Count, tokens.Count);
        foreach (var (expected, actual) in Sample().Tokens.Token.Zip(tokens))
        {
            Assert.Equal((expected.Id, expected.Text, expected.Logprob, expected.LogitsSha256, expected.Forced),
                (actual.Id, actual.Text, actual.Logprob, actual.LogitsSha256, actual.Forced));
            Assert.Equal(expected.Top, actual.Top);
        }
    }

    [Fact]
    public void TokensFrame_NewerFields_AreSkipped()
    {
        // Field 100 of each wire type, behind the turn id.
        byte[] unknown = [0xA0, 0x06, 0x05, 0xA1, 0x06, 1, 2, 3, 4, 5, 6, 7, 8, 0xA2, 0x06, 0x01, 0x00, 0xA5, 0x06, 1, 2, 3, 4];
        byte[] tokens = [.. new Tokens { Turn = "t", Token = { new Token { Id = 7, Text = "x" } } }.ToByteArray(), .. unknown];
        byte[] frame = [0x2A, (byte)tokens.Length, .. tokens];

        var (turn, read) = Read(frame);

        Assert.Equal(("t", 7), (turn, Assert.Single(read).Id));
    }

    private static FromDecoder Sample() => new()
    {
        Tokens = new Tokens
        {
            Turn = "turn-ä",
            Token =
            {
                new Token { Id = 49151, Text = " größer", Logprob = -0.25f, Forced = true, LogitsSha256 = ByteString.CopyFrom(1, 2, 3) },
                new Token { Id = -1, Top = { new Alternative { Id = 3, Text = "x", Logprob = -1 }, new Alternative { Id = 4 } } },
                new Token(),
            },
        },
    };

    private static (string Turn, List<DecodedToken> Tokens) Read(ReadOnlySpan<byte> payload)
    {
        List<DecodedToken> tokens = [];
        if (!TokensFrame.TryOpen(payload, out var frame))
        {
            return ("", tokens);
        }

        while (frame.TryReadToken(out var token))
        {
            tokens.Add(DecodedToken.Parse(token.Bytes));
        }

        return (System.Text.Encoding.UTF8.GetString(frame.Turn), tokens);
    }

    private static byte[] Frame(IMessage message)
    {
        using var stream = new MemoryStream();
        message.WriteDelimitedTo(stream);
        return stream.ToArray();
    }

    private static List<ToDecoder> ReadAll(Stream stream)
    {
        using var reader = new FrameReader(stream);
        List<ToDecoder> frames = [];
        while (reader.TryRead(out var payload))
        {
            frames.Add(FrameReader.Parse(ToDecoder.Parser, payload));
        }

        return frames;
    }
}
