namespace Bailiwick.Text.Templates;

/// <summary>Anything that keeps a chat template from being imported or rendered.</summary>
public abstract class TemplateException(string message) : Exception(message);

/// <summary>
/// The template is malformed, or needs a construct that is not part of the subset: refused at import, so that it is
/// never rendered wrongly.
/// </summary>
/// <param name="line">Line of the template, from 1.</param>
/// <param name="construct">What stands there, in words that name it.</param>
public sealed class TemplateNotSupportedException(int line, string construct)
    : TemplateException($"The chat template cannot be used: line {line}: {construct}.")
{
    /// <summary>Line of the template, from 1.</summary>
    public int Line { get; } = line;

    /// <summary>The construct that is not supported, in words.</summary>
    public string Construct { get; } = construct;
}

/// <summary>The template met a value that its own rules do not allow. The message names types, never values.</summary>
/// <param name="line">Line of the template, from 1.</param>
/// <param name="reason">What went wrong, in words.</param>
public class TemplateRenderException(int line, string reason)
    : TemplateException($"The chat template failed at line {line}: {reason}.")
{
    /// <summary>Line of the template, from 1.</summary>
    public int Line { get; } = line;
}

/// <summary>Rendering would exceed one of the <see cref="TemplateLimits"/>.</summary>
/// <param name="line">Line of the template, from 1.</param>
/// <param name="reason">Which limit, and its value.</param>
public sealed class TemplateLimitException(int line, string reason) : TemplateRenderException(line, reason);

/// <summary>The template itself refused the conversation with <c>raise_exception</c>.</summary>
/// <param name="message">The template's own words; they may quote client text.</param>
public sealed class TemplateRaisedException(string message) : TemplateException(message);

/// <summary>The conversation is not one that a template may see. The message holds no payload.</summary>
/// <param name="part">Which part of the request: messages, tools, documents or variables.</param>
/// <param name="reason">What is wrong with it, in words.</param>
public sealed class InvalidChatException(string part, string reason) : TemplateException($"The field {part} is refused: {reason}.")
{
    /// <summary>messages, tools, documents or variables.</summary>
    public string Part { get; } = part;
}
