namespace Bailiwick.Text.Templates;

/// <summary>
/// What a template sees. Every string and every mapping key of the JSON texts is client text, except a message's
/// <c>role</c> and a content part's <c>type</c> when they are one of <see cref="TrustedWords"/>.
/// </summary>
public sealed record TemplateContext
{
    /// <summary>A JSON array of message objects.</summary>
    public required string MessagesJson { get; init; }

    /// <summary>
    /// A JSON array, or the JSON text <c>null</c> (the default, as transformers does without tools): defined and none.
    /// A null reference leaves the variable undefined.
    /// </summary>
    public string? ToolsJson { get; init; } = "null";

    /// <summary>As <see cref="ToolsJson"/>.</summary>
    public string? DocumentsJson { get; init; } = "null";

    /// <summary>A JSON object of further variables, such as enable_thinking. May not name those of the other members.</summary>
    public string VariablesJson { get; init; } = "{}";

    /// <summary>The model's own text; trusted.</summary>
    public string BosToken { get; init; } = "";

    /// <summary>The model's own text; trusted.</summary>
    public string EosToken { get; init; } = "";

    public bool AddGenerationPrompt { get; init; }

    /// <summary>What strftime_now reads; written in its own offset.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>The reasoning tags that an assistant's content may bring along, or null for none (the default).</summary>
    public ReasoningTags? TrustedReasoning { get; init; }
}

/// <summary>
/// Lets the first reasoning pair of an assistant's content through as control tokens: an opening tag that is the first
/// text but white space, and the first closing tag behind it. Both or neither; nothing else, and in no other role.
/// </summary>
/// <param name="Open">As &lt;think&gt;.</param>
/// <param name="Close">As &lt;/think&gt;.</param>
public sealed record ReasoningTags(string Open, string Close);

/// <summary>
/// Words of a message that a template may put inside a control token, such as <c>&lt;|user|&gt;</c>. Other words stay
/// client text: they still reach the template, but can become no control token.
/// </summary>
public static class TrustedWords
{
    public static IReadOnlySet<string> Roles { get; } = new HashSet<string>(StringComparer.Ordinal)
    {
        "system", "developer", "user", "assistant", "tool", "tools", "function", "ipython", "model",
    };

    public static IReadOnlySet<string> PartTypes { get; } = new HashSet<string>(StringComparer.Ordinal)
    {
        "text", "image", "image_url", "audio", "audio_url", "input_audio", "video", "video_url", "file", "refusal",
    };
}
