using System.Text;
using Bailiwick.Protocol.Inference.V1;
using Bailiwick.Protocol.Receipts;

namespace Bailiwick.Client.Answers;

/// <summary>What has come of an answer so far. One owner: the run.</summary>
internal sealed class AnswerState
{
    private readonly List<int> _tokens = [];
    private readonly StringBuilder _text = new();
    private readonly List<ToolCall> _calls = [];
    private AnswerCalls _lastTurnCalls = new();
    private Started? _started;
    private string _turn = "";
    private int _lastTurnAt;

    public int Tokens => _tokens.Count;

    public bool IsBegun => _tokens.Count > 0;

    /// <summary>Whether the caller has got its <see cref="AnswerStarted"/>.</summary>
    public bool IsStarted => _started is not null;

    /// <summary>
    /// The model is pinned by its digest and the seed by its number: both decide every later token. Without a token there is nothing to
    /// resume, and the request goes out again.
    /// </summary>
    public AnswerPins Pins() => _started is null
        ? new AnswerPins(null, null, null)
        : new AnswerPins(
            _started.Model.Contains('@', StringComparison.Ordinal) ? _started.Model : null,
            _started.Seed,
            IsBegun ? new Resume { Turn = _turn, Token = { _tokens } } : null);

    /// <summary>Takes the beginning of an attempt.</summary>
    /// <exception cref="BailiwickException">It would go on with another model or seed, hence another answer.</exception>
    public AnswerStarted Take(Started started)
    {
        if (_started is { } first && (first.Seed != started.Seed || first.Model != started.Model))
        {
            throw new BailiwickException("internal", "The answer cannot go on: the gateway resumed it with another seed or build.");
        }

        _started ??= started;
        _turn = started.Turn;
        (_lastTurnAt, _lastTurnCalls) = (_text.Length, new AnswerCalls());
        return new AnswerStarted(started.Turn, started.Model, started.Seed, started.PromptTokens);
    }

    public AnswerDelta Take(Delta delta)
    {
        foreach (var token in delta.Token)
        {
            _tokens.Add(token.Id);
        }

        _text.Append(delta.Text);
        Take(delta.ToolCall);
        return new AnswerDelta(delta.Text, delta.Token) { Calls = delta.ToolCall };
    }

    public AnswerEnded End(Finished finished, Receipt? receipt)
    {
        _text.Append(finished.Text);
        Take(finished.ToolCall);
        var answer = _text.ToString();
        // A resumed turn counts its own tokens only.
        var tokens = Math.Max(finished.AnswerTokens, Tokens);
        return new AnswerEnded(
            finished.Reason, finished.Text, answer, LastTurn(answer), finished.PromptTokens, tokens, finished.Stop, receipt)
        {
            Calls = _calls,
        };
    }

    private void Take(IEnumerable<ToolCallPiece> pieces)
    {
        foreach (var piece in pieces)
        {
            // A call that a lost connection cut goes on under its index; its id came with its first piece.
            if (piece.Index >= _calls.Count)
            {
                _calls.Add(new ToolCall { Id = piece.Id, Name = piece.Name });
            }

            _calls[^1].ArgumentsJson += piece.Arguments;
            _lastTurnCalls.Add(piece.Index, piece.Name, piece.Arguments);
        }
    }

    private string LastTurn(string answer) => _lastTurnCalls.Any
        ? answer[_lastTurnAt..] + Encoding.UTF8.GetString(_lastTurnCalls.ToCanonicalJson())
        : answer[_lastTurnAt..];
}
