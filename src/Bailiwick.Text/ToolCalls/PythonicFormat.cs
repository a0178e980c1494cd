namespace Bailiwick.Text.ToolCalls;

/// <summary>
/// Calls as Python writes them. Llama 4, Llama 3.2 and Gemma 3: the answer is a list of calls. OLMo 3: a call on each line, in tags.
/// A call is given once it is whole, as its arguments have to be written again as JSON.
/// </summary>
internal sealed class PythonicFormat : ToolCallFormat
{
    private const int Open = 0;
    private const int Close = 1;

    private readonly bool _isTagged;

    private PythonicFormat(string name, bool isTagged, params string[] markers) => (Name, _isTagged, Markers) = (name, isTagged, markers);

    /// <summary>`[f(a=1), g()]`.</summary>
    public static PythonicFormat List { get; } = new("pythonic", isTagged: false, "<|python_start|>", "<|python_end|>");

    /// <summary>&lt;function_calls&gt;, then calls by lines.</summary>
    public static PythonicFormat Tagged { get; } = new("pythonic-tags", isTagged: true, "<function_calls>", "</function_calls>");

    public override string Name { get; }

    public override IReadOnlyList<string> Markers { get; }

    public override CallParser NewParser(CallOutput output, IReadOnlyList<ToolFunction> functions) =>
        _isTagged ? new TagParser(output, Markers) : new ListParser(output, Markers);

    /// <summary>Keeps all up to the closing marker.</summary>
    private sealed class TagParser(CallOutput output, IReadOnlyList<string> markers) : CallParser(output, markers)
    {
        protected override IEnumerable<bool> Read()
        {
            while (Current.Kind != CallItemKind.End)
            {
                if (!IsMarker(Open))
                {
                    Show();
                    yield return true;
                    continue;
                }

                Hold();
                yield return true;
                while (Current.Kind == CallItemKind.Character && !AtEnd)
                {
                    yield return true;
                }

                Ok = IsMarker(Close) && TryGive(PythonicText.Read(HeldText[TextOf(Open).Length..], isList: false));
                if (Ok)
                {
                    yield return true;
                }
                else
                {
                    Release();
                }
            }
        }
    }

    /// <summary>Keeps all up to the bracket that closes the list, as long as it can be one of calls.</summary>
    private sealed class ListParser(CallOutput output, IReadOnlyList<string> markers) : CallParser(output, markers)
    {
        protected override IEnumerable<bool> Read()
        {
            foreach (var step in ShowBlanks())
            {
                yield return step;
            }

            var start = 0;
            Hold();
            if (IsMarker(Open))
            {
                start = TextOf(Open).Length;
                yield return true;
            }

            Ok = Is('[');
            foreach (var step in Ok ? ReadList() : [])
            {
                yield return step;
            }

            if (!Ok || !TryGive(PythonicText.Read(HeldText[start..], isList: true)))
            {
                Release();
            }
            else if (IsMarker(Close))
            {
                yield return true;
            }

            foreach (var step in ShowRest())
            {
                yield return step;
            }
        }

        private IEnumerable<bool> ReadList()
        {
            var name = new System.Text.StringBuilder();
            yield return true;
            foreach (var step in SkipBlanks())
            {
                yield return step;
            }

            foreach (var step in ReadName(name))
            {
                yield return step;
            }

            // Most brackets begin no list of calls: this tells at the first name.
            Ok = Is('(') && Output.Knows(name.ToString());
            var (depth, quote, escaped) = (1, '\0', false);
            while (Ok && depth > 0)
            {
                Ok = Current.Kind == CallItemKind.Character && !AtEnd;
                if (!Ok)
                {
                    yield break;
                }

                var character = Current.Character;
                if (quote != '\0')
                {
                    (quote, escaped) = (character == quote && !escaped ? '\0' : quote, character == '\\' && !escaped);
                }
                else if (character is '\'' or '"')
                {
                    quote = character;
                }
                else
                {
                    depth += character is '[' or '(' or '{' ? 1 : character is ']' or ')' or '}' ? -1 : 0;
                }

                yield return true;
            }
        }
    }
}
