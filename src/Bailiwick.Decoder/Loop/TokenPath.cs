using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Bailiwick.Decoder.Sampling;
using Bailiwick.Protocol;
using Bailiwick.Protocol.Decoder.V1;
using Google.Protobuf;

namespace Bailiwick.Decoder.Loop;

/// <summary>What one token did to its turn.</summary>
/// <param name="Token">The token; feed it to the model unless the turn has ended.</param>
/// <param name="Shown">Whether the token belongs to the answer; false for one that only ended it.</param>
/// <param name="Ended">Why the turn is over; null while it goes on.</param>
/// <param name="Problem">With an error.</param>
internal readonly record struct TokenOutcome(int Token, bool Shown, Finished.Types.Reason? Ended, Problem? Problem = null);

/// <summary>
/// The one way from logits to a token of the answer, the same for every loop and every feature, new tokens and resumed
/// ones: mask, bias and penalties, draw; then grammar, text, stop strings and limits go on by that token.
/// </summary>
internal sealed class TokenPath(ITokenLoop loop, ITurnText text, IReadOnlyList<int> stopIds)
{
    private readonly float[] _logits = new float[loop.Vocabulary];
    private readonly byte[] _digest = new byte[SHA256.HashSizeInBytes];
    private readonly Sampler _sampler = new(loop.Vocabulary);
    private readonly LogProbabilities _logProbabilities = new(loop.Vocabulary);
    private readonly HashSet<int> _stopIds = [.. stopIds];

    /// <summary>Goes on by one token.</summary>
    /// <param name="turn">Prefilled, so that its row has logits.</param>
    /// <param name="message">Filled with what may leave.</param>
    internal TokenOutcome Advance(Turn turn, Token message)
    {
        loop.CopyLogits(turn.Row!, _logits);
        if (turn.Request.DigestLogits)
        {
            SHA256.HashData(MemoryMarshal.AsBytes<float>(_logits), _digest);
            message.LogitsSha256 = ByteString.CopyFrom(_digest);
        }

        var forced = turn.IsForced;
        var token = forced ? turn.Request.Emitted[turn.Answered] : Sampler.None;
        if (!forced)
        {
            if (!TryPrepare(turn))
            {
                return Failed(Errors.Internal, "The grammar engine reached one of its limits.");
            }

            token = _sampler.Choose(_logits, turn.Request.Sampling, (ulong)turn.Answered);
            if (token == Sampler.None)
            {
                return Failed(Errors.Internal, "No token is possible: every logit is -infinity or not a number.");
            }

            Describe(turn.Request, token, message);
        }

        message.Id = token;
        message.Forced = forced;
        return Accept(turn, token, message);
    }

    // Mask first, then what changes logits; truncation (in the sampler) then counts allowed tokens only.
    private bool TryPrepare(Turn turn)
    {
        if (turn.Request.Grammar is { Binds: true } grammar)
        {
            if (!grammar.TryMask(out var allowed))
            {
                return false;
            }

            TokenMask.Apply(allowed, _logits);
        }

        turn.Penalties.Apply(_logits);
        return true;
    }

    private void Describe(TurnRequest request, int token, Token message)
    {
        if (!request.Logprobs)
        {
            return;
        }

        var normaliser = _logProbabilities.Normaliser(_logits);
        message.Logprob = (float)(_logits[token] - normaliser);
        if (request.TopLogprobs == 0)
        {
            return;
        }

        foreach (var (id, logProbability) in _logProbabilities.Top(_logits, request.TopLogprobs, normaliser))
        {
            message.Top.Add(new Alternative
            {
                Id = id,
                Text = text.Decode([id], showControl: true),
                Logprob = logProbability,
                Raw = ByteString.CopyFrom(text.TokenBytes(id).Span),
            });
        }
    }

    private TokenOutcome Accept(Turn turn, int token, Token message)
    {
        var grammar = turn.Request.Grammar;
        if (_stopIds.Contains(token) && (grammar is not null || !turn.Request.IgnoreEos))
        {
            return new TokenOutcome(token, Shown: false, Stopped(turn));
        }

        var forced = turn.IsForced;
        if (grammar is not null && !grammar.TryAccept(token))
        {
            return forced
                ? Failed(Errors.Invalid, "emitted does not follow the grammar of this turn.")
                : Failed(Errors.Internal, "The grammar engine refused a token that it had allowed.");
        }

        turn.Append(token, message);
        if (turn.MatchedStop is not null || turn.IsFull || grammar is { IsComplete: true })
        {
            return new TokenOutcome(token, Shown: true, Stopped(turn));
        }

        return new TokenOutcome(token, Shown: true, turn.Answered == turn.Request.MaxTokens ? Finished.Types.Reason.Length : null);
    }

    private static Finished.Types.Reason Stopped(Turn turn) =>
        turn.HasCalls ? Finished.Types.Reason.ToolCalls : Finished.Types.Reason.Stop;

    private static TokenOutcome Failed(ErrorRow row, string sentence) =>
        new(Sampler.None, Shown: false, Finished.Types.Reason.Error, Problems.Of(row, sentence));
}
