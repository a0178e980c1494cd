namespace Bailiwick.Text.ToolCalls;

/// <summary>Which format a model writes: what its template says of calls decides, as that is what it was trained with. Pure.</summary>
internal static class CallFormats
{
    /// <summary>What each format's templates hold, all of it, the most telling first.</summary>
    private static readonly (ToolCallFormat Format, string[] Signs)[] Signs =
    [
        (HarmonyFormat.Instance, ["<|channel|>", "functions."]),
        (GemmaFormat.Instance, ["<|tool_call>"]),
        (QwenCoderFormat.Instance, ["<tool_call>", "<function="]),
        (MarkedJsonFormat.Hermes, ["<tool_call>"]),
        (MarkedJsonFormat.CommandAction, ["<|START_ACTION|>"]),
        (MarkedJsonFormat.CommandList, ["Action:", "tool_name"]),
        (DeepSeekFormat.Fenced, ["<｜tool▁calls▁begin｜>", "```json"]),
        (DeepSeekFormat.Plain, ["<｜tool▁calls▁begin｜>"]),
        (MistralFormat.Named, ["[TOOL_CALLS]", "[ARGS]"]),
        (MistralFormat.List, ["[TOOL_CALLS]"]),
        (PythonicFormat.Tagged, ["<function_calls>"]),
        (PythonicFormat.List, ["func_name1(param"]),
        (MarkedJsonFormat.Granite, ["<|tool_call|>"]),
        (MarkedJsonFormat.Phi, ["functools["]),
        (LeadingJsonFormat.Llama, ["\"parameters\": dictionary of argument name"]),
        (LeadingJsonFormat.Llama, ["<|python_tag|>"]),
    ];

    public static IReadOnlyList<ToolCallFormat> All { get; } = [.. Signs.Select(entry => entry.Format).Distinct(), LeadingJsonFormat.Guided];

    /// <param name="template">Source of the chat template; null without one.</param>
    /// <returns>Null for a model that writes no calls of its own.</returns>
    public static ToolCallFormat? Of(string? template) => template is null
        ? null
        : Signs.FirstOrDefault(entry => Array.TrueForAll(entry.Signs, sign => template.Contains(sign, StringComparison.Ordinal))).Format;
}
