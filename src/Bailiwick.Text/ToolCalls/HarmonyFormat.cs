using System.Text;

namespace Bailiwick.Text.ToolCalls;

/// <summary>
/// gpt-oss: messages in channels. A message to `functions.NAME` is a call; the analysis channel becomes text in reasoning tags, as
/// other models write it; all else is text.
/// </summary>
internal sealed class HarmonyFormat : ToolCallFormat
{
    private const int Start = 0;
    private const int Channel = 1;
    private const int Constrain = 2;
    private const int Message = 3;
    private const int End = 4;
    private const int Call = 5;
    private const int Return = 6;
    private const int LongestHeader = 512;

    private HarmonyFormat()
    {
    }

    public static HarmonyFormat Instance { get; } = new();

    public override string Name => "harmony";

    public override IReadOnlyList<string> Markers { get; } =
        ["<|start|>", "<|channel|>", "<|constrain|>", "<|message|>", "<|end|>", "<|call|>", "<|return|>"];

    // No trigger: a message is known to be a call only by its header.
    public override CallGrammar? Grammar { get; } = new("", """ @1 "commentary to=functions.@name " @2 "json" @3 @json """, "");

    public override CallParser NewParser(CallOutput output, IReadOnlyList<ToolFunction> functions) => new Parser(output, Markers);

    private sealed class Parser(CallOutput output, IReadOnlyList<string> markers) : JsonCallParser(output, markers, JsonCallKeys.Usual)
    {
        private const string Recipient = "to=functions.";

        protected override IEnumerable<bool> Read()
        {
            // The prompt ends inside a header: what comes before a channel may be the recipient.
            var header = new StringBuilder();
            while (Current.Kind != CallItemKind.End)
            {
                Hold();
                Ok = true;
                foreach (var step in ReadHeader(header.Clear()))
                {
                    yield return step;
                }

                if (!Ok)
                {
                    Release();
                    Show();
                    if (Current.Kind != CallItemKind.End)
                    {
                        yield return true;
                    }

                    continue;
                }

                foreach (var step in ReadMessage(header.ToString()))
                {
                    yield return step;
                }
            }
        }

        /// <summary>Everything up to the message; not a header where it has none.</summary>
        private IEnumerable<bool> ReadHeader(StringBuilder header)
        {
            while (!AtEnd && header.Length <= LongestHeader && !IsMarker(End) && !IsMarker(Call) && !IsMarker(Return))
            {
                if (IsMarker(Message))
                {
                    yield return true;
                    yield break;
                }

                header.Append(Current.Kind == CallItemKind.Character ? Current.Character : IsMarker(Channel) ? '\u0001' : ' ');
                yield return true;
            }

            Ok = false;
        }

        private IEnumerable<bool> ReadMessage(string header)
        {
            var at = header.IndexOf(Recipient, StringComparison.Ordinal);
            if (at >= 0)
            {
                var name = new string([.. header.Skip(at + Recipient.Length).TakeWhile(ToolFunction.IsNameCharacter)]);
                foreach (var step in SkipBlanks())
                {
                    yield return step;
                }

                Ok = Is('{') && TryBegin(name);
                foreach (var step in Ok ? ReadValue(null) : [])
                {
                    yield return step;
                }

                if (Ok)
                {
                    Output.EndCall();
                }
                else
                {
                    Release();
                }
            }
            else
            {
                Drop();
            }

            var isAnalysis = at < 0 && header.Contains("\u0001analysis", StringComparison.Ordinal);
            Output.Text(isAnalysis ? "<think>" : "");
            while (Current.Kind != CallItemKind.End && !IsMarker(End) && !IsMarker(Call) && !IsMarker(Return) && !IsMarker(Start))
            {
                Show();
                yield return true;
            }

            Output.Text(isAnalysis ? "</think>" : "");
            if (IsMarker(End) || IsMarker(Call) || IsMarker(Return))
            {
                yield return true;
            }
        }
    }
}
