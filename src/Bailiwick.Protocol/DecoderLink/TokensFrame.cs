using Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Protocol.Decoder;

/// <summary>
/// Reads the one hot frame, FromDecoder.tokens, straight from its bytes: the generated parser makes five objects per
/// token (about 430 bytes), this makes the text alone, and that only where it is read. All other frames go through the generated
/// parser.
/// </summary>
internal ref struct TokensFrame
{
    private const uint TokensTag = (FromDecoder.TokensFieldNumber << 3) | WireReader.LengthDelimited;

    private WireReader _reader;

    private TokensFrame(ReadOnlySpan<byte> tokens, ReadOnlySpan<byte> turn)
    {
        _reader = new WireReader(tokens);
        Turn = turn;
    }

    /// <summary>The turn id, UTF-8.</summary>
    public ReadOnlySpan<byte> Turn { get; }

    /// <summary>False when the frame is of another kind.</summary>
    /// <exception cref="FrameException">It is a Tokens frame, but malformed.</exception>
    public static bool TryOpen(ReadOnlySpan<byte> payload, out TokensFrame frame)
    {
        frame = default;
        if (payload.IsEmpty || payload[0] != TokensTag)
        {
            return false;
        }

        var outer = new WireReader(payload);
        outer.TryReadTag(out _, out _);
        var tokens = outer.ReadBytes();
        if (!outer.AtEnd)
        {
            throw new FrameException("a Tokens frame is followed by other bytes");
        }

        ReadOnlySpan<byte> turn = default;
        var scan = new WireReader(tokens);
        while (scan.TryReadTag(out var field, out var wire))
        {
            if (field == Tokens.TurnFieldNumber && wire == WireReader.LengthDelimited)
            {
                turn = scan.ReadBytes();
            }
            else
            {
                scan.Skip(wire);
            }
        }

        frame = new TokensFrame(tokens, turn);
        return true;
    }

    /// <summary>The next token of the frame, in order.</summary>
    public bool TryReadToken(out RawToken token)
    {
        while (_reader.TryReadTag(out var field, out var wire))
        {
            if (field == Tokens.TokenFieldNumber && wire == WireReader.LengthDelimited)
            {
                token = new RawToken(_reader.ReadBytes());
                return true;
            }

            _reader.Skip(wire);
        }

        token = default;
        return false;
    }
}

/// <summary>A token as its bytes, of which only what a link needs is read.</summary>
internal readonly ref struct RawToken
{
    public RawToken(ReadOnlySpan<byte> bytes)
    {
        Bytes = bytes;
        var reader = new WireReader(bytes);
        while (reader.TryReadTag(out var field, out var wire))
        {
            switch (field, wire)
            {
                case (Token.IdFieldNumber, WireReader.Varint):
                    Id = (int)reader.ReadVarint();
                    break;
                case (Token.ForcedFieldNumber, WireReader.Varint):
                    Forced = reader.ReadVarint() != 0;
                    break;
                default:
                    reader.Skip(wire);
                    break;
            }
        }
    }

    /// <summary>A Token, protobuf.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    public int Id { get; }

    public bool Forced { get; }
}
