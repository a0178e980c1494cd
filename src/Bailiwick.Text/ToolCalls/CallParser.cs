using System.Text;

namespace Bailiwick.Text.ToolCalls;

/// <summary>
/// Reads an answer item by item. A format writes <see cref="Read"/> as if all of the answer lay before it: <c>yield return true</c>
/// takes <see cref="Current"/> and waits for the next one. Where the pieces of text are cut can so change nothing.
/// </summary>
/// <remarks>
/// What may be a call is held back until it is known to be one of a function that the request has; then its arguments pass as they
/// come. What turns out to be none is text, markers included: nothing is lost. At most <see cref="MostHeld"/> characters are held.
/// </remarks>
internal abstract class CallParser(CallOutput output, IReadOnlyList<string> markers)
{
    /// <summary>Characters that may be a call and are not known to be one; with more they are text.</summary>
    public const int MostHeld = 64 * 1024;

    private readonly StringBuilder _held = new();
    private IEnumerator<bool>? _steps;
    private bool _isHolding;
    private bool _isTaken;

    protected CallOutput Output => output;

    /// <summary>The first item that is not taken.</summary>
    protected CallItem Current { get; private set; }

    /// <summary>Whether the last routine found what it looks for.</summary>
    protected bool Ok { get; set; }

    /// <summary>Nothing follows, or nothing that may be held.</summary>
    protected bool AtEnd => Current.Kind == CallItemKind.End || _held.Length > MostHeld;

    public void Push(in CallItem item)
    {
        if (_isTaken && _isHolding)
        {
            AppendRaw(_held, Current);
        }

        Current = item;
        _isTaken = true;
        _steps ??= Read().GetEnumerator();
        _steps.MoveNext();
    }

    /// <summary>All of an answer. Takes no end; ends there.</summary>
    protected abstract IEnumerable<bool> Read();

    protected bool Is(char character) => Current.Kind == CallItemKind.Character && Current.Character == character && !AtEnd;

    protected bool IsMarker(int marker) => Current.Kind == CallItemKind.Marker && Current.Marker == marker && !AtEnd;

    /// <summary>From the current item on, what is taken may be part of a call.</summary>
    protected void Hold() => _isHolding = true;

    /// <summary>It is none: it is text.</summary>
    protected void Release()
    {
        _isHolding = false;
        output.Text(_held.ToString());
        _held.Clear();
    }

    /// <summary>What is held, with the current item not yet taken.</summary>
    protected string HeldText => _held.ToString();

    /// <summary>It is one, and given otherwise.</summary>
    protected void Drop()
    {
        _isHolding = false;
        _held.Clear();
    }

    /// <summary>Shows the current item; the caller then takes it.</summary>
    protected void Show()
    {
        if (Current.Kind == CallItemKind.Character)
        {
            output.Text(Current.Character);
        }
        else if (Current.Kind == CallItemKind.Marker)
        {
            output.Text(markers[Current.Marker]);
        }
    }

    /// <summary>Gives what is held as these calls.</summary>
    /// <returns>False, and nothing happens, where it is none, or calls what the request does not have.</returns>
    protected bool TryGive(IReadOnlyList<(string Name, string Arguments)>? calls)
    {
        if (calls is not { Count: > 0 } || !calls.All(call => output.Knows(call.Name)))
        {
            return false;
        }

        foreach (var (name, arguments) in calls)
        {
            if (output.TryBegin(name))
            {
                output.Arguments(arguments);
                output.EndCall();
            }
        }

        Drop();
        return true;
    }

    /// <summary>Begins a call: what was held is no text. False, and nothing happens, where the request has no such function.</summary>
    protected bool TryBegin(string name)
    {
        if (!output.TryBegin(name))
        {
            return false;
        }

        Drop();
        return true;
    }

    protected IEnumerable<bool> ShowRest()
    {
        while (Current.Kind != CallItemKind.End)
        {
            Show();
            yield return true;
        }
    }

    protected IEnumerable<bool> SkipBlanks()
    {
        while (Current.Kind == CallItemKind.Character && char.IsWhiteSpace(Current.Character) && !AtEnd)
        {
            yield return true;
        }
    }

    /// <summary>Shows white space: the output knows whether it belongs to the text.</summary>
    protected IEnumerable<bool> ShowBlanks()
    {
        while (Current.Kind == CallItemKind.Character && char.IsWhiteSpace(Current.Character))
        {
            Show();
            yield return true;
        }
    }

    /// <summary>Takes these characters; stops at the first that differs.</summary>
    protected IEnumerable<bool> Expect(string text)
    {
        foreach (var character in text)
        {
            if (!Is(character))
            {
                Ok = false;
                yield break;
            }

            yield return true;
        }

        Ok = true;
    }

    /// <summary>Takes characters of a name, at most as many as one has.</summary>
    protected IEnumerable<bool> ReadName(StringBuilder name)
    {
        while (Current.Kind == CallItemKind.Character && !AtEnd && name.Length < ToolFunction.LongestName
            && ToolFunction.IsNameCharacter(Current.Character))
        {
            name.Append(Current.Character);
            yield return true;
        }
    }

    protected string TextOf(int marker) => markers[marker];

    protected void AppendRaw(StringBuilder text, in CallItem item)
    {
        if (item.Kind == CallItemKind.Character)
        {
            text.Append(item.Character);
        }
        else if (item.Kind == CallItemKind.Marker)
        {
            text.Append(markers[item.Marker]);
        }
    }
}
