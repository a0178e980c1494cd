using System.Buffers.Binary;
using System.Security.Cryptography;
using Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Decoder.Loop;

/// <summary>
/// Writes the frames of turns. The frame of tokens is one object, filled again for every token: whoever gets it
/// serialises it before returning and keeps nothing of it. All other frames are new objects.
/// </summary>
internal sealed class TurnFrames
{
    private readonly Action<FromDecoder> _emit;
    private readonly Action _flush;
    private readonly FromDecoder _tokenFrame = new() { Tokens = new Tokens() };

    internal TurnFrames(Action<FromDecoder> emit, Action flush)
    {
        (_emit, _flush) = (emit, flush);
        _tokenFrame.Tokens.Token.Add(new Token());
    }

    /// <summary>The token that the next <see cref="SendToken"/> sends, blank.</summary>
    internal Token BlankToken()
    {
        var token = _tokenFrame.Tokens.Token[0];
        token.Id = 0;
        token.Text = "";
        token.Logprob = 0;
        token.Top.Clear();
        token.LogitsSha256 = Google.Protobuf.ByteString.Empty;
        token.Forced = false;
        token.Call.Clear();
        return token;
    }

    internal void SendToken(Turn turn)
    {
        _tokenFrame.Tokens.Turn = turn.Request.Id;
        _emit(_tokenFrame);
    }

    /// <summary>The tokens of this pass are sent; they may leave.</summary>
    internal void Flush() => _flush();

    internal void SendStarted(Turn turn) => _emit(new FromDecoder
    {
        Started = new Started
        {
            Turn = turn.Request.Id,
            PromptTokens = turn.Request.Prompt.Length,
            KvBlocks = turn.KvBlocks,
            PromptSha256 = DigestOf(turn.Request.Prompt),
        },
    });

    /// <summary>The end of a turn that the scheduler knew.</summary>
    /// <param name="turn">The turn.</param>
    /// <param name="reason">Why it ended.</param>
    /// <param name="tail">Text and pieces of calls that were held back, now that nothing follows.</param>
    /// <param name="problem">With an error or a refusal.</param>
    internal void SendFinished(Turn turn, Finished.Types.Reason reason, (string Text, IReadOnlyList<ToolCallPiece> Calls) tail, Problem? problem) => _emit(new FromDecoder
    {
        Finished = new Finished
        {
            Turn = turn.Request.Id,
            Reason = reason,
            Tail = tail.Text,
            Call = { tail.Calls },
            PromptTokens = turn.Request.Prompt.Length,
            AnswerTokens = turn.Answered,
            Timings = turn.Measure(),
            Problem = problem,
            Stop = turn.MatchedStop ?? "",
        },
    });

    /// <summary>The end of a turn that never became one.</summary>
    internal void SendRefused(string turn, Problem problem) => _emit(new FromDecoder
    {
        Finished = new Finished { Turn = turn, Reason = Finished.Types.Reason.Refused, Problem = problem },
    });

    /// <summary>The end of a turn that was cancelled before it became one.</summary>
    internal void SendCancelled(string turn) => _emit(new FromDecoder
    {
        Finished = new Finished { Turn = turn, Reason = Finished.Types.Reason.Cancelled },
    });

    internal void SendReply(TextReply reply) => _emit(new FromDecoder { Text = reply });

    internal void SendFault(Problem problem) => _emit(new FromDecoder { Fault = new Fault { Problem = problem } });

    private static string DigestOf(ReadOnlySpan<int> ids)
    {
        var bytes = new byte[ids.Length * sizeof(int)];
        for (var i = 0; i < ids.Length; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(i * sizeof(int)), ids[i]);
        }

        return Convert.ToHexStringLower(SHA256.HashData(bytes));
    }
}
