namespace Bailiwick.Text.ToolCalls;

/// <summary>
/// Calls as JSON objects that are the answer itself: an answer that begins with a brace and names a function of the request. Text
/// behind a call is text.
/// </summary>
internal sealed class LeadingJsonFormat : ToolCallFormat
{
    private readonly JsonCallKeys _keys;

    private LeadingJsonFormat(string name, JsonCallKeys keys, string call, string again, params string[] markers)
    {
        (Name, _keys, Markers) = (name, keys, markers);
        Grammar = new CallGrammar("", call, "") { Again = again, Leading = '{' };
    }

    /// <summary>Llama 3.1 to 3.3; some answers begin with the token for code.</summary>
    public static LeadingJsonFormat Llama { get; } = new(
        "llama", JsonCallKeys.Parameters, """ "{\"name\": \"@name\", \"parameters\": " @json "}" """, """ "; " """, "<|python_tag|>");

    /// <summary>Our own, for models that know none: a line for each call. <see cref="GuidedPrompt"/> tells the model of it.</summary>
    public static LeadingJsonFormat Guided { get; } = new(
        "guided", JsonCallKeys.Usual, """ "{\"name\": \"@name\", \"arguments\": " @json "}" """, """ "\n" """);

    public override string Name { get; }

    public override IReadOnlyList<string> Markers { get; }

    public override CallGrammar? Grammar { get; }

    public override CallParser NewParser(CallOutput output, IReadOnlyList<ToolFunction> functions) => new Parser(output, Markers, _keys);

    private sealed class Parser(CallOutput output, IReadOnlyList<string> markers, JsonCallKeys keys) : JsonCallParser(output, markers, keys)
    {
        protected override IEnumerable<bool> Read()
        {
            foreach (var step in ShowBlanks())
            {
                yield return step;
            }

            Ok = true;
            while (Ok && (Is('{') || Current.Kind == CallItemKind.Marker))
            {
                Hold();
                if (Current.Kind == CallItemKind.Marker)
                {
                    yield return true;
                    foreach (var step in SkipBlanks())
                    {
                        yield return step;
                    }
                }

                Ok = Is('{');
                foreach (var step in Ok ? ReadCall() : [])
                {
                    yield return step;
                }

                if (!Ok)
                {
                    Release();
                    break;
                }

                foreach (var step in ShowBlanks())
                {
                    yield return step;
                }

                if (Is(';'))
                {
                    yield return true;
                    foreach (var step in ShowBlanks())
                    {
                        yield return step;
                    }
                }
            }

            foreach (var step in ShowRest())
            {
                yield return step;
            }
        }
    }
}
