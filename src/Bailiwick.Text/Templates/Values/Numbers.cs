using System.Numerics;

namespace Bailiwick.Text.Templates.Values;

/// <summary>A number as arithmetic sees it: an int (a bool is one) or a float.</summary>
internal readonly record struct Number(BigInteger Integer, double Float, bool IsFloat, Origin Origin)
{
    public double ToDouble() => IsFloat ? Float : (double)Integer;

    public bool EqualTo(Number other) =>
        IsFloat || other.IsFloat ? ToDouble().Equals(other.ToDouble()) && !double.IsNaN(ToDouble()) : Integer == other.Integer;

    public int CompareTo(Number other) =>
        IsFloat || other.IsFloat ? ToDouble().CompareTo(other.ToDouble()) : Integer.CompareTo(other.Integer);
}

internal static class Numbers
{
    public static bool TryRead(Value value, out Number number)
    {
        number = value switch
        {
            IntValue integer => new Number(integer.Number, 0, false, integer.Origin),
            BoolValue boolean => new Number(boolean.IsTrue ? 1 : 0, 0, false, Origin.Template),
            FloatValue real => new Number(0, real.Number, true, real.Origin),
            _ => default,
        };
        return value is IntValue or BoolValue or FloatValue;
    }

    /// <summary>An int argument within the range of an index; Python's <c>__index__</c> (bools count, floats do not).</summary>
    public static int Index(Value value, string what)
    {
        if (TryRead(value, out var number) && !number.IsFloat)
        {
            return (int)BigInteger.Max(int.MinValue, BigInteger.Min(int.MaxValue, number.Integer));
        }

        throw new EvaluationError($"{what} must be an integer, not {value.TypeName}");
    }
}
