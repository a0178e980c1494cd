using System.Text;

namespace Bailiwick.Text.ToolCalls;

/// <summary>
/// DeepSeek V3 and R1: `function`, separator, name, arguments in a fence; V3.1: name, separator, arguments. Each call has tokens of its
/// own, all of them stand in one region.
/// </summary>
internal sealed class DeepSeekFormat : ToolCallFormat
{
    private const int Open = 0;
    private const int Call = 1;
    private const int Separator = 2;
    private const int CallEnd = 3;
    private const int Close = 4;

    private DeepSeekFormat(string name, string call) => (Name, Grammar) = (name, new CallGrammar("@0", call, "@4")
    {
        Between = """ "\n"? """,
        Trigger = Open,
    });

    public static DeepSeekFormat Fenced { get; } = new("deepseek-v3", """ @1 "function" @2 "@name\n```json\n" @json "\n```" @3 """);

    public static DeepSeekFormat Plain { get; } = new("deepseek-v3.1", """ @1 "@name" @2 @json @3 """);

    public override string Name { get; }

    public override IReadOnlyList<string> Markers { get; } =
        ["<｜tool▁calls▁begin｜>", "<｜tool▁call▁begin｜>", "<｜tool▁sep｜>", "<｜tool▁call▁end｜>", "<｜tool▁calls▁end｜>"];

    public override CallGrammar? Grammar { get; }

    public override CallParser NewParser(CallOutput output, IReadOnlyList<ToolFunction> functions) => new Parser(output, Markers);

    private sealed class Parser(CallOutput output, IReadOnlyList<string> markers) : JsonCallParser(output, markers, JsonCallKeys.Usual)
    {
        protected override IEnumerable<bool> Read()
        {
            while (Current.Kind != CallItemKind.End)
            {
                if (!IsMarker(Open) && !IsMarker(Call))
                {
                    Show();
                    yield return true;
                    continue;
                }

                Hold();
                if (IsMarker(Open))
                {
                    yield return true;
                    foreach (var step in SkipBlanks())
                    {
                        yield return step;
                    }
                }

                Ok = IsMarker(Call);
                foreach (var step in Ok ? ReadCall() : [])
                {
                    yield return step;
                }

                if (!Ok)
                {
                    Release();
                    continue;
                }

                foreach (var step in ShowBlanks())
                {
                    yield return step;
                }

                if (IsMarker(Close))
                {
                    yield return true;
                }
            }
        }

        private new IEnumerable<bool> ReadCall()
        {
            var name = new StringBuilder();
            yield return true;
            foreach (var step in ReadName(name))
            {
                yield return step;
            }

            Ok = IsMarker(Separator);
            if (!Ok)
            {
                yield break;
            }

            yield return true;
            if (!Is('{'))
            {
                // Behind the word `function` comes the name, and the arguments stand in a fence.
                foreach (var step in ReadName(name.Clear()))
                {
                    yield return step;
                }
            }

            foreach (var step in SkipBlanks())
            {
                yield return step;
            }

            Ok = true;
            foreach (var step in Is('`') ? Expect("```json") : [])
            {
                yield return step;
            }

            foreach (var step in Ok ? SkipBlanks() : [])
            {
                yield return step;
            }

            Ok = Ok && Is('{') && TryBegin(name.ToString());
            foreach (var step in Ok ? ReadValue(null) : [])
            {
                yield return step;
            }

            if (!Ok)
            {
                yield break;
            }

            Output.EndCall();
            foreach (var step in SkipBlanks())
            {
                yield return step;
            }

            foreach (var step in Is('`') ? Expect("```") : [])
            {
                yield return step;
            }

            foreach (var step in SkipBlanks())
            {
                yield return step;
            }

            Ok = true;
            if (IsMarker(CallEnd))
            {
                yield return true;
            }
        }
    }
}
