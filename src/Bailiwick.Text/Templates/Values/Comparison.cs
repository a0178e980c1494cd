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
        budget.Step(left.Size);
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
        budget.Step(left.Size);
        return PythonEquality.Instance.Equals(left, right);
    }

    private static bool Contains(Value container, Value item, Budget budget)
    {
        switch (container)
        {
            case TextValue text:
                return item is TextValue part
                    ? TextOperations.Contains(text.Plain, part.Plain, budget)
                    : throw new EvaluationError($"'in <string>' requires string as left operand, not {item.TypeName}");
            case DictValue dict:
                budget.Step(item.Size);
                return dict.TryGet(item, out _);
            default:
                return Iteration.Of(container, budget).Any(other => Equal(other, item, budget));
        }
    }

    private static bool IsNotANumber(Value value) => value is FloatValue { Number: double.NaN };
}
