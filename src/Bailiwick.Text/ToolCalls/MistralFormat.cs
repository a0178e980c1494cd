using System.Text;

namespace Bailiwick.Text.ToolCalls;

/// <summary>
/// Mistral: behind [TOOL_CALLS] either a list of JSON objects (up to v7) or, for each call, the name, maybe [CALL_ID], [ARGS] and the
/// arguments (v11; later ones leave [ARGS] out).
/// </summary>
internal sealed class MistralFormat : ToolCallFormat
{
    private const int Open = 0;
    private const int Id = 1;
    private const int Arguments = 2;

    private MistralFormat(string name, CallGrammar grammar) => (Name, Grammar) = (name, grammar);

    public static MistralFormat List { get; } = new("mistral-list", new CallGrammar(
        """ @0 "[" """, """ "{\"name\": \"@name\", \"arguments\": " @json "}" """, """ "]" """)
    {
        Between = """ ", " """,
        Trigger = Open,
    });

    public static MistralFormat Named { get; } = new("mistral-named", new CallGrammar("@0", """ "@name" @2 @json """, "")
    {
        Again = "",
        Trigger = Open,
    });

    public override string Name { get; }

    public override IReadOnlyList<string> Markers { get; } = ["[TOOL_CALLS]", "[CALL_ID]", "[ARGS]"];

    public override CallGrammar? Grammar { get; }

    public override CallParser NewParser(CallOutput output, IReadOnlyList<ToolFunction> functions) => new Parser(output, Markers);

    private sealed class Parser(CallOutput output, IReadOnlyList<string> markers) : JsonCallParser(output, markers, JsonCallKeys.Usual)
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
                foreach (var step in SkipBlanks())
                {
                    yield return step;
                }

                foreach (var step in Is('[') ? ReadCalls() : ReadNamed())
                {
                    yield return step;
                }

                if (!Ok)
                {
                    Release();
                }
            }
        }

        private IEnumerable<bool> ReadNamed()
        {
            var name = new StringBuilder();
            foreach (var step in ReadName(name))
            {
                yield return step;
            }

            if (IsMarker(Id))
            {
                yield return true;
                foreach (var step in ReadName(new StringBuilder()))
                {
                    yield return step;
                }
            }

            if (IsMarker(MistralFormat.Arguments))
            {
                yield return true;
            }

            foreach (var step in SkipBlanks())
            {
                yield return step;
            }

            Ok = Is('{') && TryBegin(name.ToString());
            foreach (var step in Ok ? ReadValue(null) : [])
            {
                yield return step;
            }

            if (Ok)
            {
                Output.EndCall();
            }
        }
    }
}
