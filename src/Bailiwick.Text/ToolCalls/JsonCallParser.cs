using System.Globalization;
using System.Text;

namespace Bailiwick.Text.ToolCalls;

/// <summary>How a format spells the members of a call. All of them read `arguments` and `parameters`.</summary>
/// <param name="Name">Member with the function's name.</param>
/// <param name="Arguments">Member with the arguments, as the format writes it.</param>
internal sealed record JsonCallKeys(string Name, string Arguments)
{
    public static JsonCallKeys Usual { get; } = new("name", "arguments");

    public static JsonCallKeys Parameters { get; } = new("name", "parameters");

    public static JsonCallKeys Tool { get; } = new("tool_name", "parameters");

    public static bool IsArguments(string key) => key is "arguments" or "parameters";

    /// <summary>Members that say nothing that an answer needs.</summary>
    public static bool IsBeside(string key) => key is "id" or "type" or "tool_call_id" or "call_id";
}

/// <summary>Reads calls that are JSON objects; their arguments pass as they come, unchecked: what they must hold, grammars see to.</summary>
internal abstract class JsonCallParser(CallOutput output, IReadOnlyList<string> markers, JsonCallKeys keys)
    : CallParser(output, markers)
{
    private readonly StringBuilder _word = new();

    /// <summary>Reads `{"name": …, "arguments": {…}}`, in any order, from the brace on.</summary>
    protected IEnumerable<bool> ReadCall()
    {
        string? name = null;
        StringBuilder? early = null;
        var begun = false;
        yield return true;
        while (true)
        {
            foreach (var step in SkipBlanks())
            {
                yield return step;
            }

            foreach (var step in ReadText())
            {
                yield return step;
            }

            var key = _word.ToString();
            foreach (var step in Ok ? ReadColon() : [])
            {
                yield return step;
            }

            if (Ok && key == keys.Name)
            {
                foreach (var step in ReadText())
                {
                    yield return step;
                }

                // An unknown name makes this no call: no use in holding more of it.
                name = _word.ToString();
                Ok &= Output.Knows(name);
            }
            else if (Ok && JsonCallKeys.IsArguments(key) && Is('{') && !begun && early is null)
            {
                begun = name is not null && TryBegin(name);
                early = begun ? null : new StringBuilder();
                foreach (var step in ReadValue(begun ? null : early))
                {
                    yield return step;
                }
            }
            else if (Ok && JsonCallKeys.IsBeside(key))
            {
                foreach (var step in ReadValue(_word.Clear()))
                {
                    yield return step;
                }
            }
            else
            {
                Ok = false;
            }

            foreach (var step in Ok ? SkipBlanks() : [])
            {
                yield return step;
            }

            if (!Ok || !Is(','))
            {
                break;
            }

            yield return true;
        }

        Ok = Ok && Is('}') && (begun || (name is not null && TryBegin(name)));
        if (!Ok)
        {
            yield break;
        }

        if (!begun)
        {
            Output.Arguments(early is null ? "{}" : early.ToString());
        }

        Output.EndCall();
        yield return true;
    }

    /// <summary>Reads `[call, call]`, from the bracket on.</summary>
    protected IEnumerable<bool> ReadCalls()
    {
        do
        {
            yield return true;
            foreach (var step in SkipBlanks())
            {
                yield return step;
            }

            Ok = Is('{');
            foreach (var step in Ok ? ReadCall() : [])
            {
                yield return step;
            }

            foreach (var step in Ok ? SkipBlanks() : [])
            {
                yield return step;
            }
        }
        while (Ok && Is(','));

        Ok = Ok && Is(']');
        if (Ok)
        {
            yield return true;
        }
    }

    /// <summary>Reads one JSON value, to the arguments of the open call or into a text.</summary>
    protected IEnumerable<bool> ReadValue(StringBuilder? into)
    {
        var (depth, inText, escaped) = (0, false, false);
        Ok = false;
        while (!AtEnd)
        {
            // Letters of a marker inside a text are that text's; a token of the vocabulary ends everything.
            if (Current.Kind == CallItemKind.Marker && !(inText && !Current.ById))
            {
                yield break;
            }

            var character = Current.Kind == CallItemKind.Character ? Current.Character : '\0';
            if (!inText && depth == 0 && (character is ',' or '}' or ']' || char.IsWhiteSpace(character)))
            {
                yield break;
            }

            Keep(into);
            if (inText)
            {
                (inText, escaped) = (character != '"' || escaped, character == '\\' && !escaped);
            }
            else if (character is '{' or '[')
            {
                depth++;
            }
            else if (character is '}' or ']')
            {
                depth--;
            }
            else
            {
                inText = character == '"';
            }

            Ok = depth == 0 && !inText;
            yield return true;
            if (Ok && character is '}' or ']' or '"')
            {
                yield break;
            }
        }

        Ok = false;
    }

    private void Keep(StringBuilder? into)
    {
        if (into is not null)
        {
            AppendRaw(into, Current);
        }
        else if (Current.Kind == CallItemKind.Character)
        {
            Output.Arguments(Current.Character);
        }
        else
        {
            Output.Arguments(TextOf(Current.Marker));
        }
    }

    private IEnumerable<bool> ReadColon()
    {
        foreach (var step in SkipBlanks())
        {
            yield return step;
        }

        Ok = Is(':');
        if (!Ok)
        {
            yield break;
        }

        yield return true;
        foreach (var step in SkipBlanks())
        {
            yield return step;
        }
    }

    /// <summary>Reads a JSON text into the word.</summary>
    private IEnumerable<bool> ReadText()
    {
        _word.Clear();
        Ok = Is('"');
        if (!Ok)
        {
            yield break;
        }

        yield return true;
        while (Current.Kind == CallItemKind.Character && !AtEnd && _word.Length <= ToolFunction.LongestName)
        {
            if (Is('"'))
            {
                yield return true;
                yield break;
            }

            if (Is('\\'))
            {
                yield return true;
                foreach (var step in ReadEscape())
                {
                    yield return step;
                }

                if (!Ok)
                {
                    yield break;
                }
            }
            else
            {
                _word.Append(Current.Character);
                yield return true;
            }
        }

        Ok = false;
    }

    // No name or key has more than ASCII, but a model may write it as an escape.
    private IEnumerable<bool> ReadEscape()
    {
        if (!Is('u'))
        {
            Ok = Is('"') || Is('\\') || Is('/');
            if (Ok)
            {
                _word.Append(Current.Character);
                yield return true;
            }

            yield break;
        }

        yield return true;
        var digits = new StringBuilder();
        while (digits.Length < 4 && Current.Kind == CallItemKind.Character && !AtEnd)
        {
            digits.Append(Current.Character);
            yield return true;
        }

        Ok = int.TryParse(digits.ToString(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code);
        _word.Append((char)code);
    }
}
