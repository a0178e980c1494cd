namespace Bailiwick.Text.ToolCalls;

/// <summary>
/// Parts one answer into its visible text and its calls, token by token. The state depends on the tokens alone: whoever pushes the
/// same ones again, without taking what they give, goes on as if nothing had happened. Not thread-safe.
/// </summary>
public sealed class AnswerReader
{
    private readonly IReadOnlyDictionary<int, int> _markers;
    private readonly Func<int, string> _textOf;
    private readonly Func<string> _restOfText;
    private readonly CallOutput _output;
    private readonly CallParser _parser;
    private readonly MarkerText _items;

    /// <param name="format">How the model writes calls.</param>
    /// <param name="markers">Places of markers by the ids of their tokens.</param>
    /// <param name="textOf">Detokenizes this answer: the text that a token completes.</param>
    /// <param name="restOfText">The text of tokens that will not be completed.</param>
    /// <param name="functions">Functions that may be called.</param>
    /// <param name="parallel">Whether the answer may hold several calls.</param>
    internal AnswerReader(
        ToolCallFormat format, IReadOnlyDictionary<int, int> markers, Func<int, string> textOf, Func<string> restOfText,
        IReadOnlyList<ToolFunction> functions, bool parallel)
    {
        (_markers, _textOf, _restOfText) = (markers, textOf, restOfText);
        _output = new CallOutput(functions.Select(function => function.Name), parallel ? int.MaxValue : 1);
        _parser = format.NewParser(_output, functions);
        var isToken = new bool[format.Markers.Count];
        foreach (var marker in markers.Values)
        {
            isToken[marker] = true;
        }

        _items = new MarkerText(format.Markers, isToken, _parser);
    }

    /// <summary>Whether a call has begun.</summary>
    public bool HasCalls => _output.Begun > 0;

    /// <summary>The answer holds the one call that it may hold: what follows is not read.</summary>
    public bool IsFull => _output.IsFull;

    /// <summary>Reads the next token.</summary>
    public void Push(int id)
    {
        if (_markers.TryGetValue(id, out var marker))
        {
            Push(_restOfText());
            _items.Flush();
            _parser.Push(CallItem.Of(marker, byId: true));
        }
        else
        {
            Push(_textOf(id));
        }
    }

    /// <summary>Nothing follows: what was held back is given.</summary>
    public void Finish()
    {
        Push(_restOfText());
        _items.Flush();
        _parser.Push(CallItem.End);
        _output.Finish();
    }

    /// <summary>The visible text that has come since the last time; whole characters, often empty.</summary>
    public string TakeText() => _output.TakeText();

    /// <summary>The pieces of calls that have come since the last time, in order; mostly none.</summary>
    public IReadOnlyList<CallPiece> TakePieces() => _output.TakePieces();

    private void Push(string text)
    {
        foreach (var character in text)
        {
            _items.Push(character);
        }
    }
}
