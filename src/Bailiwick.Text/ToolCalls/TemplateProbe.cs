using Bailiwick.Text.Templates;

namespace Bailiwick.Text.ToolCalls;

/// <summary>
/// Finds out by trying how a template takes functions, earlier calls and system messages: published templates differ, and what one
/// demands another one refuses. Run once when a model is loaded.
/// </summary>
internal static class TemplateProbe
{
    private const string Function = "probe_function";
    private const string Value = "probe_value";
    private const string Tools = $$$$"""
        [{"type":"function","function":{"name":"{{{{Function}}}}","description":"d","parameters":{"type":"object","properties":{"probe_key":{"type":"string","description":"d"}},"required":["probe_key"]}}}]
        """;

    /// <summary>As clients send them, with an id that only a template takes that takes any.</summary>
    private const string History = $$$$"""
        [{"role":"user","content":"u"},{"role":"assistant","content":"","tool_calls":[{"id":"call_1","type":"function",
        "function":{"name":"{{{{Function}}}}","arguments":"{\"probe_key\":\"{{{{Value}}}}\"}"}}]},
        {"role":"tool","content":"r","tool_call_id":"call_1"}]
        """;

    private static readonly bool[] Both = [false, true];

    /// <summary>Whether the template tells the model of functions.</summary>
    public static bool TellsFunctions(ChatTemplate template, string bos, string eos) =>
        Render(template, """[{"role":"user","content":"u"}]""", Tools, bos, eos) is { } text && text.Contains(Function, StringComparison.Ordinal);

    /// <summary>Whether the template takes a system message.</summary>
    public static bool TakesSystem(ChatTemplate template, string bos, string eos) =>
        Render(template, $$"""[{"role":"system","content":"{{Value}}"},{"role":"user","content":"u"}]""", "null", bos, eos) is { } text
        && text.Contains(Value, StringComparison.Ordinal);

    /// <summary>The first style that the template writes a call in; null where it writes none.</summary>
    public static HistoryStyle? StyleOf(ChatTemplate template, string bos, string eos) => (
        from asText in Both
        from shortIds in Both
        from nullContent in Both
        select new HistoryStyle(asText, shortIds, nullContent)).FirstOrDefault(style => Writes(template, style, bos, eos));

    private static bool Writes(ChatTemplate template, HistoryStyle style, string bos, string eos) =>
        Render(template, CallHistory.Rewrite(History, style), Tools, bos, eos) is { } text
        && text.LastIndexOf(Function, StringComparison.Ordinal) > text.IndexOf(Function, StringComparison.Ordinal)
        && text.Contains(Value, StringComparison.Ordinal)

        // An object where the template meant a text is written as Python shows it, a text where it meant an object as a quoted one.
        && !text.Contains("{'probe_key'", StringComparison.Ordinal)
        && !text.Contains("{\\\"probe_key", StringComparison.Ordinal);

    private static string? Render(ChatTemplate template, string messages, string tools, string bos, string eos)
    {
        try
        {
            return template.Render(new TemplateContext
            {
                MessagesJson = messages,
                ToolsJson = tools,
                BosToken = bos,
                EosToken = eos,
                AddGenerationPrompt = true,
                Now = DateTimeOffset.UnixEpoch,
            }).Text;
        }
        catch (TemplateException)
        {
            // Refused: it does not take this.
            return null;
        }
    }
}
