using System.Text;
using Bailiwick.Protocol.Inference.V1;
using Bailiwick.Protocol.Receipts;

namespace Bailiwick.Client.Answers;

/// <summary>What has come of an answer so far. One owner: the run.</summary>
internal sealed class AnswerState
{
    private readonly List<int> _tokens = [];
    private readonly StringBuilder _text = new();
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
        _lastTurnAt = _text.Length;
        return new AnswerStarted(started.Turn, started.Model, started.Seed, started.PromptTokens);
    }

    public AnswerDelta Take(Delta delta)
    {
        foreach (var token in delta.Token)
        {
            _tokens.Add(token.Id);
        }

        _text.Append(delta.Text);
        return new AnswerDelta(delta.Text, delta.Token);
    }

    public AnswerEnded End(Finished finished, Receipt? receipt)
    {
        _text.Append(finished.Text);
        var answer = _text.ToString();
        // A resumed turn counts its own tokens only.
        var tokens = Math.Max(finished.AnswerTokens, Tokens);
        return new AnswerEnded(
            finished.Reason, finished.Text, answer, answer[_lastTurnAt..], finished.PromptTokens, tokens, finished.Stop, receipt);
    }
}
