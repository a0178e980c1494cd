using Bailiwick.Text.Templates.Evaluation;

namespace Bailiwick.Text.Templates.Values;

/// <summary>Python's <c>iter()</c> and <c>len()</c>.</summary>
internal static class Iteration
{
    /// <summary>The items; a text gives its code points, a mapping its keys.</summary>
    public static IEnumerable<Value> Of(Value value, Budget budget)
    {
        var items = value switch
        {
            SequenceValue sequence => sequence.Items,
            DictValue dict => dict.Keys,
            TextValue text => Characters(text),
            GeneratorValue generator => generator.Drain(),
            UndefinedValue => [],
            _ => throw new EvaluationError($"'{value.TypeName}' object is not iterable"),
        };
        return items.Select(item =>
        {
            budget.Step();
            return item;
        });
    }

    public static ListValue ToList(Value value, Budget budget) => new([.. Of(value, budget)]);

    public static Value Length(Value value) => value switch
    {
        TextValue text => IntValue.Of(CodePoints.Count(text.Plain), text.Text.HasClient ? Origin.Client : Origin.Template),
        SequenceValue sequence => IntValue.Of(sequence.Items.Count),
        DictValue dict => IntValue.Of(dict.Entries.Count),
        UndefinedValue => IntValue.Of(0),
        _ => throw new EvaluationError($"object of type '{value.TypeName}' has no len()"),
    };

    private static IEnumerable<Value> Characters(TextValue text)
    {
        for (var at = 0; at < text.Plain.Length;)
        {
            var width = at + 1 < text.Plain.Length && char.IsSurrogatePair(text.Plain[at], text.Plain[at + 1]) ? 2 : 1;
            yield return text.Slice(at, width);
            at += width;
        }
    }
}
