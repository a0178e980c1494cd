using System.Text;

namespace Bailiwick.Text.ToolCalls;

/// <summary>
/// What a parser gives: visible text, and pieces of calls. White space beside a call belongs to neither: it is held back at the
/// answer's start and behind a call until text follows it.
/// </summary>
internal sealed class CallOutput(IEnumerable<string> functions, int mostCalls)
{
    private readonly HashSet<string> _functions = new(functions, StringComparer.Ordinal);
    private readonly StringBuilder _text = new();
    private readonly StringBuilder _blanks = new();
    private readonly StringBuilder _arguments = new();
    private readonly List<CallPiece> _pieces = [];
    private string _name = "";
    private bool _isOpen;
    private bool _besideCall = true;

    /// <summary>Calls that have begun.</summary>
    public int Begun { get; private set; }

    /// <summary>Calls that are whole.</summary>
    public int Ended { get; private set; }

    /// <summary>The answer holds as many calls as it may: it is over.</summary>
    public bool IsFull => Ended >= mostCalls;

    public bool Knows(string name) => _functions.Contains(name);

    public void Text(char character)
    {
        if (IsFull)
        {
            return;
        }

        if (_besideCall && char.IsWhiteSpace(character))
        {
            _blanks.Append(character);
            return;
        }

        _besideCall = false;
        _text.Append(_blanks).Append(character);
        _blanks.Clear();
    }

    public void Text(string text)
    {
        foreach (var character in text)
        {
            Text(character);
        }
    }

    /// <summary>Begins a call; false, and nothing happens, where the request has no such function.</summary>
    public bool TryBegin(string name)
    {
        if (IsFull || !_functions.Contains(name))
        {
            return false;
        }

        _blanks.Clear();
        _name = name;
        _isOpen = true;
        Begun++;
        return true;
    }

    public void Arguments(char character) => _arguments.Append(character);

    public void Arguments(string text) => _arguments.Append(text);

    /// <summary>The call is whole.</summary>
    public void EndCall()
    {
        AddPiece();
        (_isOpen, _besideCall) = (false, true);
        Ended++;
    }

    /// <summary>Nothing follows: white space that was held back is text after all, unless it stands beside a call.</summary>
    public void Finish()
    {
        if (Begun == 0)
        {
            _text.Append(_blanks);
        }

        _blanks.Clear();
    }

    /// <summary>The text that has come since the last time.</summary>
    public string TakeText()
    {
        if (_text.Length == 0)
        {
            return "";
        }

        var text = _text.ToString();
        _text.Clear();
        return text;
    }

    /// <summary>The pieces that have come since the last time; valid until the next call.</summary>
    public IReadOnlyList<CallPiece> TakePieces()
    {
        if (_isOpen)
        {
            AddPiece();
        }

        if (_pieces.Count == 0)
        {
            return [];
        }

        CallPiece[] taken = [.. _pieces];
        _pieces.Clear();
        return taken;
    }

    private void AddPiece()
    {
        if (_name.Length > 0 || _arguments.Length > 0)
        {
            _pieces.Add(new CallPiece(Begun - 1, _name, _arguments.ToString()));
            _name = "";
            _arguments.Clear();
        }
    }
}
