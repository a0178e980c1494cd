namespace Bailiwick.Text.ToolCalls;

/// <summary>Calls as JSON, an object or a list, behind a marker; several regions may follow each other with text between.</summary>
internal sealed class MarkedJsonFormat : ToolCallFormat
{
    private readonly JsonCallKeys _keys;

    private MarkedJsonFormat(string name, JsonCallKeys keys, string open, string? close, CallGrammar grammar)
    {
        (Name, _keys, Grammar) = (name, keys, grammar);
        Markers = close is null ? [open] : [open, close];
    }

    /// <summary>Hermes 2, Qwen 2.5 and 3, Granite 4, SmolLM3: an object in tags, a pair of tags for each call.</summary>
    public static MarkedJsonFormat Hermes { get; } = new("hermes", JsonCallKeys.Usual, "<tool_call>", "</tool_call>",
        new CallGrammar("@0", """ "\n{\"name\": \"@name\", \"arguments\": " @json "}\n" """, "@1") { Again = """ "\n"? """, Trigger = 0 });

    /// <summary>Command R7B and A.</summary>
    public static MarkedJsonFormat CommandAction { get; } = new("command-action", JsonCallKeys.Tool, "<|START_ACTION|>", "<|END_ACTION|>",
        new CallGrammar(
            """ @0 "[\n" """,
            """ "    {\"tool_call_id\": \"" /[0-9]{1,2}/ "\", \"tool_name\": \"@name\", \"parameters\": " @json "}" """,
            """ "\n]" @1 """)
        {
            Between = """ ",\n" """,
            Trigger = 0,
        });

    /// <summary>Command R and R+: a fenced list behind a word, which is no token.</summary>
    public static MarkedJsonFormat CommandList { get; } = new("command-list", JsonCallKeys.Tool, "Action:", null,
        new CallGrammar(
            """ "Action:\n```json\n[\n" """,
            """ "    {\n        \"tool_name\": \"@name\",\n        \"parameters\": " @json "\n    }" """,
            """ "\n]\n```" """)
        {
            Between = """ ",\n" """,
        });

    /// <summary>Granite 3: a list behind a token.</summary>
    public static MarkedJsonFormat Granite { get; } = new("granite", JsonCallKeys.Usual, "<|tool_call|>", "<|/tool_call|>", List("@0", trigger: 0));

    /// <summary>Phi-4-mini: a list behind a word, which is no token.</summary>
    public static MarkedJsonFormat Phi { get; } = new("phi", JsonCallKeys.Usual, "functools", null, List(""" "functools" """, trigger: null));

    public override string Name { get; }

    public override IReadOnlyList<string> Markers { get; }

    public override CallGrammar? Grammar { get; }

    public override CallParser NewParser(CallOutput output, IReadOnlyList<ToolFunction> functions) => new Parser(output, Markers, _keys);

    private static CallGrammar List(string open, int? trigger) =>
        new(open + """ "[" """, """ "{\"name\": \"@name\", \"arguments\": " @json "}" """, """ "]" """)
        {
            Between = """ ", " """,
            Trigger = trigger,
        };

    private sealed class Parser(CallOutput output, IReadOnlyList<string> markers, JsonCallKeys keys) : JsonCallParser(output, markers, keys)
    {
        private const int Open = 0;
        private const int Close = 1;
        private const string Fence = "```";

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

                foreach (var step in ReadRegion())
                {
                    yield return step;
                }

                if (!Ok)
                {
                    Release();
                }
            }
        }

        private IEnumerable<bool> ReadRegion()
        {
            Hold();
            yield return true;
            foreach (var step in SkipBlanks())
            {
                yield return step;
            }

            var fenced = Is('`');
            foreach (var step in fenced ? Expect(Fence + "json") : [])
            {
                yield return step;
            }

            foreach (var step in SkipBlanks())
            {
                yield return step;
            }

            var calls = Is('[') ? ReadCalls() : Is('{') ? ReadCall() : null;
            Ok = calls is not null;
            foreach (var step in calls ?? [])
            {
                yield return step;
            }

            foreach (var step in Ok ? SkipBlanks() : [])
            {
                yield return step;
            }

            foreach (var step in Ok && fenced && Is('`') ? Expect(Fence) : [])
            {
                yield return step;
            }

            if (Ok && IsMarker(Close))
            {
                yield return true;
            }
        }
    }
}
