using Bailiwick.Text.Templates.Evaluation;

namespace Bailiwick.Text.Templates.Values;

/// <summary>Python's comparison operators. They see the characters of a text, never their origins.</summary>
internal static class Comparison
{
    public static bool Holds(string comparison, Value left, Value right, Budget budget)
    {
        switch (comparison)
        {
            case "==":
                return Equal(left, right, budget);
            case "!=":
                return !Equal(left, right, budget);
            case "in":
                return Contains(right, left, budget);
            case "not in":
                return !Contains(right, left, budget);
        }

        Lookup.RequireDefined(left);
        Lookup.RequireDefined(right);
        Charge(left, budget);
        if (IsNotANumber(left) || IsNotANumber(right))
        {
            return false;
        }

        var order = PythonOrder.Instance.Compare(left, right);
        return comparison switch
        {
            "<" => order < 0,
            "<=" => order <= 0,
            ">" => order > 0,
            _ => order >= 0,
        };
    }

    private static bool Equal(Value left, Value right, Budget budget)
    {
        Charge(left, budget);
        return PythonEquality.Instance.Equals(left, right);
    }

    private static bool Contains(Value container, Value item, Budget budget)
    {
        switch (container)
        {
            case TextValue text:
                budget.Text(text.Plain.Length);
                return item is TextValue part
                    ? text.Plain.Contains(part.Plain, StringComparison.Ordinal)
                    : throw new EvaluationError($"'in <string>' requires string as left operand, not {item.TypeName}");
            case DictValue dict:
                return dict.TryGet(item, out _);
            default:
                return Iteration.Of(container, budget).Any(other => Equal(other, item, budget));
        }
    }

    private static void Charge(Value value, Budget budget) => budget.Step(value switch
    {
        TextValue text => (text.Plain.Length / 32) + 1,
        SequenceValue sequence => sequence.Items.Count + 1,
        DictValue dict => dict.Entries.Count + 1,
        _ => 1,
    });

    private static bool IsNotANumber(Value value) => value is FloatValue { Number: double.NaN };
}
