using System.Text;
using Bailiwick.Protocol.Decoder.V1;
using Google.Protobuf;

namespace Bailiwick.Protocol.Decoder;

/// <summary>What a <see cref="TurnEvent"/> is. Persisted nowhere.</summary>
public enum TurnEventKind
{
    /// <summary>The prompt is counted and its KV blocks are reserved; at most once per turn, before any token.</summary>
    Started = 1,

    /// <summary>One token of the answer.</summary>
    Token = 2,

    /// <summary>The decoder was lost and the turn goes on in a new one; no token is missing or repeated.</summary>
    Resumed = 3,

    /// <summary>Always the last event, exactly once.</summary>
    Finished = 4,
}

/// <summary>One token. A value, so that a token costs no allocation beyond its text.</summary>
/// <param name="Id">Token id in the model's vocabulary.</param>
/// <param name="Text">What may leave for this token: whole characters, no stop string, may be empty.</param>
/// <param name="Logprob">Natural-log probability; 0 unless Submit.logprobs.</param>
/// <param name="Top">Alternatives, best first; empty unless Submit.top_logprobs.</param>
/// <param name="LogitsSha256">Digest of the position's raw logits; empty unless Submit.digest_logits.</param>
/// <param name="Forced">Replayed from Submit.emitted; only with Submit.digest_logits.</param>
public readonly record struct DecodedToken(
    int Id, string Text, float Logprob, IReadOnlyList<Alternative> Top, ByteString LogitsSha256, bool Forced)
{
    private readonly IReadOnlyList<ToolCallPiece>? _calls;

    /// <summary>What the token adds to calls of functions; empty by default, also in a default value.</summary>
    public IReadOnlyList<ToolCallPiece> Calls
    {
        get => _calls ?? [];
        init => _calls = value;
    }

    /// <summary>Reads a Token, protobuf, as <see cref="ITurnSink.TryAdd"/> gets it.</summary>
    /// <exception cref="FrameException">The bytes are not such a message.</exception>
    public static DecodedToken Parse(ReadOnlySpan<byte> bytes)
    {
        var reader = new WireReader(bytes);
        var (id, text, logprob, forced, digest) = (0, "", 0f, false, ByteString.Empty);
        List<Alternative>? top = null;
        List<ToolCallPiece>? calls = null;
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
                case (Token.CallFieldNumber, WireReader.LengthDelimited):
                    (calls ??= []).Add(FrameReader.Parse(ToolCallPiece.Parser, reader.ReadBytes()));
                    break;
                default:
                    reader.Skip(wire);
                    break;
            }
        }

        return new DecodedToken(id, text, logprob, top ?? (IReadOnlyList<Alternative>)[], digest, forced) { Calls = calls ?? (IReadOnlyList<ToolCallPiece>)[] };
    }
}

/// <summary>One event of a turn; which member holds depends on <see cref="Kind"/>.</summary>
public readonly record struct TurnEvent
{
    private readonly object? _frame;

    private TurnEvent(TurnEventKind kind, object? frame, DecodedToken token, int resumedAt) =>
        (Kind, _frame, Token, ResumedAt) = (kind, frame, token, resumedAt);

    public TurnEventKind Kind { get; }

    /// <summary>With <see cref="TurnEventKind.Token"/>; default otherwise.</summary>
    public DecodedToken Token { get; }

    /// <summary>With <see cref="TurnEventKind.Resumed"/>: tokens that had left before the loss.</summary>
    public int ResumedAt { get; }

    /// <summary>With <see cref="TurnEventKind.Started"/>; null otherwise.</summary>
    public Started? Started => _frame as Started;

    /// <summary>With <see cref="TurnEventKind.Finished"/>; null otherwise.</summary>
    public Finished? Finished => _frame as Finished;

    public static TurnEvent Of(Started started) => new(TurnEventKind.Started, started, default, 0);

    public static TurnEvent Of(in DecodedToken token) => new(TurnEventKind.Token, null, token, 0);

    public static TurnEvent Of(Finished finished) => new(TurnEventKind.Finished, finished, default, 0);

    public static TurnEvent Resumed(int at) => new(TurnEventKind.Resumed, null, default, at);
}
