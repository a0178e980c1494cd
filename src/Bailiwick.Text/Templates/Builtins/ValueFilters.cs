using Bailiwick.Text.Templates.Evaluation;
using Bailiwick.Text.Templates.Values;

namespace Bailiwick.Text.Templates.Builtins;

/// <summary>Filters over any value.</summary>
internal static class ValueFilters
{
    public static IReadOnlyDictionary<string, Filter> All { get; } = new Dictionary<string, Filter>
    {
        ["default"] = Default,
        ["d"] = Default,
        ["tojson"] = ToJson,

        // A published template (OLMo 3) names it in a branch, but the environment of transformers does not have it:
        // the template renders everywhere else, and this is the error that the branch has there.
        ["from_json"] = (_, _, _) => throw new EvaluationError("No filter named 'from_json' found"),
    };

    private static Value Default(Budget budget, Value input, Arguments arguments)
    {
        var bound = arguments.Bind("default", "default_value", "boolean");
        var isMissing = input is UndefinedValue || (bound[1]?.IsTrue == true && !input.IsTrue);
        return isMissing ? bound[0] ?? TextValue.Empty : input;
    }

    /// <summary>transformers' own: json.dumps without HTML escapes, non-ASCII kept, keys in their order.</summary>
    private static TextValue ToJson(Budget budget, Value input, Arguments arguments)
    {
        var bound = arguments.Bind("tojson", "ensure_ascii", "indent", "separators", "sort_keys");
        var indent = bound[1].Given() switch
        {
            null => null,
            TextValue text => Arithmetic.RequirePlain(text).Text,
            var count => new BoundedText(budget).Repeat(OriginText.FromTemplate(" "), Numbers.Index(count, "indent")).ToOriginText(),
        };
        var (item, key) = Separators(bound[2].Given(), indented: indent is not null);
        var sink = new BoundedText(budget);
        new JsonText(sink, new JsonStyle(bound[0]?.IsTrue ?? false, indent, item, key, bound[3]?.IsTrue ?? false)).Append(input);
        return sink.ToValue();
    }

    private static (OriginText Item, OriginText Key) Separators(Value? given, bool indented) => given switch
    {
        null => (OriginText.FromTemplate(indented ? "," : ", "), OriginText.FromTemplate(": ")),
        SequenceValue { Items: [TextValue item, TextValue key] } => (item.Text, key.Text),
        _ => throw new EvaluationError("separators must be two texts"),
    };
}
