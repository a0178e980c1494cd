using System.Text;
using Bailiwick.Protocol.Decoder.V1;
using Google.Protobuf;

namespace Bailiwick.Protocol.Decoder;

/// <summary>
/// Reads the one hot frame, FromDecoder.tokens, straight from its bytes: the generated parser makes five objects per
/// token (about 430 bytes), this makes the text alone. All other frames go through the generated parser.
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
    public bool TryReadToken(out DecodedToken token)
    {
        while (_reader.TryReadTag(out var field, out var wire))
        {
            if (field == Tokens.TokenFieldNumber && wire == WireReader.LengthDelimited)
            {
                token = ReadToken(new WireReader(_reader.ReadBytes()));
                return true;
            }

            _reader.Skip(wire);
        }

        token = default;
        return false;
    }

    private static DecodedToken ReadToken(WireReader reader)
    {
        var id = 0;
        var text = "";
        var logprob = 0f;
        var forced = false;
        var digest = ByteString.Empty;
        List<Alternative>? top = null;
        while (reader.TryReadTag(out var field, out var wire))
        {
            switch (field, wire)
            {
                case (Token.IdFieldNumber, WireReader.Varint):
                    id = (int)reader.ReadVarint();
                    break;
                case (Token.TextFieldNumber, WireReader.LengthDelimited):
                    text = Encoding.UTF8.GetString(reader.ReadBytes());
                    break;
                case (Token.LogprobFieldNumber, WireReader.Fixed32):
                    logprob = reader.ReadFloat();
                    break;
                case (Token.TopFieldNumber, WireReader.LengthDelimited):
                    (top ??= []).Add(FrameReader.Parse(Alternative.Parser, reader.ReadBytes()));
                    break;
                case (Token.LogitsSha256FieldNumber, WireReader.LengthDelimited):
                    digest = ByteString.CopyFrom(reader.ReadBytes());
                    break;
                case (Token.ForcedFieldNumber, WireReader.Varint):
                    forced = reader.ReadVarint() != 0;
                    break;
                default:
                    reader.Skip(wire);
                    break;
            }
        }

        return new DecodedToken(id, text, logprob, top ?? (IReadOnlyList<Alternative>)[], digest, forced);
    }
}
