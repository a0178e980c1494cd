using Bailiwick.Text.Templates;
using Bailiwick.Text.Tokens;

namespace Bailiwick.Text.ToolCalls;

/// <summary>Calls of functions as one model writes and reads them. Immutable; safe to share between threads.</summary>
public sealed class ModelTools
{
    private const string AnyObject = """{"x-guidance":{"whitespace_flexible":false,"item_separator":", ","key_separator":": "},"type":"object"}""";

    private readonly ToolCallFormat? _own;
    private readonly HistoryStyle? _history;
    private readonly bool _takesSystem = true;
    private readonly Func<string, int?> _idOf;
    private readonly Func<StreamingDetokenizer> _newText;

    /// <param name="template">Null for a model without one: it takes no functions.</param>
    /// <param name="source">The template's text.</param>
    /// <param name="bos">The model's BOS text.</param>
    /// <param name="eos">The model's EOS text.</param>
    /// <param name="idOf">Id of the added token with a text, or null.</param>
    /// <param name="newText">A detokenizer for one answer.</param>
    internal ModelTools(
        ChatTemplate? template, string? source, string bos, string eos, Func<string, int?> idOf, Func<StreamingDetokenizer> newText)
    {
        (_idOf, _newText) = (idOf, newText);
        if (template is null)
        {
            return;
        }

        _own = TemplateProbe.TellsFunctions(template, bos, eos) ? CallFormats.Of(source) : null;
        _history = TemplateProbe.StyleOf(template, bos, eos);
        _takesSystem = TemplateProbe.TakesSystem(template, bos, eos);
        MarkerIds = _own is null ? [] : [.. Markers(_own).Keys.Order()];
    }

    /// <summary>How the model writes calls; `guided` where it has no way of its own and a grammar leads it.</summary>
    public string Format => Own.Name;

    /// <summary>The model writes calls only where a grammar leads it.</summary>
    public bool NeedsGrammar => _own is null;

    /// <summary>Tokens that steer the reading of an answer: a grammar must take them as tokens, not as their letters.</summary>
    public IReadOnlyList<int> MarkerIds { get; } = [];

    internal HistoryStyle? History => _history;

    private ToolCallFormat Own => _own ?? LeadingJsonFormat.Guided;

    /// <summary>The conversation as the model's template takes it: earlier calls in its own style, functions told where it cannot.</summary>
    public TemplateContext Prepare(TemplateContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var messages = CallHistory.Rewrite(context.MessagesJson, _history);
        return _own is null && context.ToolsJson is { } tools && tools != "null"
            ? context with { MessagesJson = GuidedPrompt.Write(messages, tools, _takesSystem), ToolsJson = "null" }
            : context with { MessagesJson = messages };
    }

    /// <summary>A reader for one answer.</summary>
    /// <param name="functions">Those that may be called.</param>
    /// <param name="required">Whether the answer has to be calls.</param>
    /// <param name="parallel">Whether there may be several.</param>
    public AnswerReader NewReader(IReadOnlyList<ToolFunction> functions, bool required, bool parallel)
    {
        ArgumentNullException.ThrowIfNull(functions);
        var (format, text) = (FormatFor(required), _newText());
        return new AnswerReader(format, Markers(format), text.Push, text.Flush, functions, parallel);
    }

    /// <summary>The grammar that keeps an answer to its functions.</summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="schemaOf">A function's parameters as a grammar embeds them, by its place.</param>
    /// <returns>Null where no grammar can see to it in this model's format.</returns>
    public CallPlan? Plan(CallRequest request, Func<int, string> schemaOf)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(schemaOf);
        var format = FormatFor(request.Required);
        var binds = request.Required || NeedsGrammar;
        if (!binds && request.Strict.Count == 0 && request.Content is null)
        {
            return CallPlan.Free;
        }

        if (format.Grammar is not { } grammar || (request is { Required: false, Content: not null } && grammar.Leading is not null))
        {
            return null;
        }

        var ids = Markers(format).ToDictionary(entry => entry.Value, entry => entry.Key);
        var words = new CallWords(format.Markers, ids);
        LarkFunction[] functions = [.. request.Functions.Select((function, i) => new LarkFunction(
            function.Name, binds || request.Strict.Contains(function.Name) ? schemaOf(i) : AnyObject))];
        if (request.Required)
        {
            return new CallPlan(CallLark.Required(grammar, words, functions, request.Parallel), null);
        }

        if (request.Content is { } content)
        {
            return new CallPlan(CallLark.ContentOrCalls(content, grammar, words, functions, request.Parallel), null);
        }

        if (grammar.Leading is not null)
        {
            return new CallPlan(CallLark.LeadingOrText(grammar, words, functions, request.Parallel), null);
        }

        return grammar.Trigger is { } trigger && ids.TryGetValue(trigger, out var id)
            ? new CallPlan(CallLark.BehindTrigger(grammar, words, functions, request.Parallel), id)
            : null;
    }

    // A format that no grammar describes gives way to the guided one where calls are required.
    private ToolCallFormat FormatFor(bool required) => required && Own.Grammar is null ? LeadingJsonFormat.Guided : Own;

    private Dictionary<int, int> Markers(ToolCallFormat format)
    {
        var ids = new Dictionary<int, int>();
        for (var i = 0; i < format.Markers.Count; i++)
        {
            if (_idOf(format.Markers[i]) is { } id)
            {
                ids[id] = i;
            }
        }

        return ids;
    }
}

/// <summary>What an answer may hold.</summary>
/// <param name="Functions">Those that may be called.</param>
/// <param name="Required">It has to be calls.</param>
/// <param name="Parallel">There may be several.</param>
/// <param name="Strict">Functions whose arguments must be valid whatever the answer is.</param>
/// <param name="Content">Schema, as a grammar embeds it, of an answer that is no call; null: any text.</param>
public sealed record CallRequest(
    IReadOnlyList<ToolFunction> Functions, bool Required, bool Parallel, IReadOnlySet<string> Strict, string? Content);

/// <summary>How an answer is kept to its functions.</summary>
/// <param name="Lark">Grammar of llguidance; null: none is needed.</param>
/// <param name="Trigger">The token behind which the grammar holds, up to its end, each time; null: from the answer's start.</param>
public sealed record CallPlan(string? Lark, int? Trigger)
{
    public static CallPlan Free { get; } = new(null, null);
}
