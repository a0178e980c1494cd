using Bailiwick.Text.Templates.Evaluation;
using Bailiwick.Text.Templates.Syntax;
using Bailiwick.Text.Templates.Values;

namespace Bailiwick.Text.Templates;

/// <summary>
/// A published chat template: the Jinja of jinja2 3.1 as transformers sets it up (trim_blocks, lstrip_blocks, loop
/// controls, its own tojson, raise_exception, strftime_now), with the origin of every character of the result.
/// </summary>
/// <remarks>Immutable and safe to share between threads. Pure: no clock, no I/O, no reflection.</remarks>
public sealed class ChatTemplate
{
    /// <summary>Characters of the longest template that is read; the longest published one has 17,000.</summary>
    public const int MaxSourceCharacters = 1024 * 1024;

    private readonly IReadOnlyList<Statement> _body;

    private ChatTemplate(IReadOnlyList<Statement> body) => _body = body;

    /// <summary>Reads a template and checks that every construct in it is supported.</summary>
    /// <exception cref="TemplateNotSupportedException">It is malformed or needs more than the subset; names line and construct.</exception>
    public static ChatTemplate Parse(string source)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (source.Length > MaxSourceCharacters)
        {
            throw new TemplateNotSupportedException(1, $"a template of more than {MaxSourceCharacters} characters");
        }

        return UnicodeText.HasLoneSurrogate(source)
            ? throw new TemplateNotSupportedException(1, "a lone surrogate, which is not Unicode text")
            : new ChatTemplate(Parser.Parse(source));
    }

    /// <summary>Writes the prompt for a conversation.</summary>
    /// <param name="context">The conversation and what belongs to it.</param>
    /// <param name="limits">What rendering may cost, or null for <see cref="TemplateLimits.Default"/>.</param>
    /// <exception cref="InvalidChatException">A part of the context is not one that a template may see.</exception>
    /// <exception cref="TemplateRaisedException">The template refused the conversation in its own words.</exception>
    /// <exception cref="TemplateLimitException">Rendering would exceed a limit.</exception>
    /// <exception cref="TemplateRenderException">The template met a value that its rules do not allow.</exception>
    public OriginText Render(TemplateContext context, TemplateLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(context);
        var variables = ContextVariables.Read(context);
        var budget = new Budget(limits ?? TemplateLimits.Default);
        var evaluator = new Evaluator(budget, context.Now);
        try
        {
            return evaluator.Capture(_body, new Scope(variables)).Text;
        }
        catch (EvaluationError error)
        {
            throw new TemplateRenderException(evaluator.Line, error.Message.TrimEnd('.'));
        }
        catch (LimitReached error)
        {
            throw new TemplateLimitException(evaluator.Line, error.Message);
        }
    }
}
