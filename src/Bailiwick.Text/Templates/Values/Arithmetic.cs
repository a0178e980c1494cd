using System.Numerics;
using Bailiwick.Text.Templates.Evaluation;

namespace Bailiwick.Text.Templates.Values;

/// <summary>Python's arithmetic operators.</summary>
internal static class Arithmetic
{
    public static Value Apply(string sign, Value left, Value right, Budget budget)
    {
        Lookup.RequireDefined(left);
        if (sign == "%" && left is TextValue format)
        {
            return PercentFormat.Apply(RequirePlain(format), right, budget);
        }

        Lookup.RequireDefined(right);
        if (Numbers.TryRead(left, out var a) && Numbers.TryRead(right, out var b))
        {
            return OfNumbers(sign, a, b);
        }

        return (sign, left, right) switch
        {
            ("+", TextValue x, TextValue y) => new BoundedText(budget).Append(RequirePlain(x).Text).Append(RequirePlain(y).Text).ToValue(),
            ("+", ListValue x, ListValue y) => new ListValue(Join(x, y, budget)),
            ("+", TupleValue x, TupleValue y) => new TupleValue(Join(x, y, budget)),
            ("*", _, IntValue or BoolValue) => Repeat(left, right, budget),
            ("*", IntValue or BoolValue, _) => Repeat(right, left, budget),
            _ => throw Unsupported(sign, left, right),
        };
    }

    public static Value Negate(Value value)
    {
        Lookup.RequireDefined(value);
        return Numbers.TryRead(value, out var number)
            ? number.IsFloat ? new FloatValue(-number.Float, number.Origin) : IntValue.Of(-number.Integer, number.Origin)
            : throw new EvaluationError($"bad operand type for unary -: '{value.TypeName}'");
    }

    /// <summary>A text that an operation may take apart; see <see cref="TextValue.IsMarkedSafe"/>.</summary>
    public static TextValue RequirePlain(TextValue text) => text.IsMarkedSafe
        ? throw new EvaluationError("a text marked safe can only be printed, compared and joined by ~")
        : text;

    private static Value OfNumbers(string sign, Number a, Number b)
    {
        var origin = a.Origin == Origin.Client || b.Origin == Origin.Client ? Origin.Client : Origin.Template;
        return a.IsFloat || b.IsFloat || sign == "/" || (sign == "**" && b.Integer.Sign < 0)
            ? new FloatValue(OfFloats(sign, a.ToDouble(), b.ToDouble()), origin)
            : IntValue.Of(OfIntegers(sign, a.Integer, b.Integer), origin);
    }

    private static BigInteger OfIntegers(string sign, BigInteger a, BigInteger b) => sign switch
    {
        "+" => a + b,
        "-" => a - b,
        "*" => a * b,
        "//" => FloorDivide(a, b),
        "%" => a - (FloorDivide(a, b) * b),
        _ => Power(a, b),
    };

    private static BigInteger FloorDivide(BigInteger a, BigInteger b)
    {
        if (b.IsZero)
        {
            throw new EvaluationError("integer division or modulo by zero");
        }

        var quotient = BigInteger.DivRem(a, b, out var remainder);
        return remainder.Sign * b.Sign < 0 ? quotient - 1 : quotient;
    }

    private static BigInteger Power(BigInteger a, BigInteger b)
    {
        if (a.GetBitLength() <= 1 && BigInteger.Abs(a) <= 1)
        {
            return a.IsZero ? (b.IsZero ? 1 : 0) : b.IsEven ? 1 : a;
        }

        return (a.GetBitLength() - 1) * b > IntValue.MaxBits
            ? throw new EvaluationError($"an integer of more than {IntValue.MaxBits} bits")
            : BigInteger.Pow(a, (int)b);
    }

    private static double OfFloats(string sign, double a, double b)
    {
        if (b == 0 && sign is ("/" or "//" or "%"))
        {
            throw new EvaluationError("division by zero");
        }

        var result = sign switch
        {
            "+" => a + b,
            "-" => a - b,
            "*" => a * b,
            "/" => a / b,
            "//" => Math.Floor(a / b),
            "%" => Modulo(a, b),
            _ => Math.Pow(a, b),
        };
        return sign == "**" && !double.IsFinite(result) && double.IsFinite(a) && double.IsFinite(b)
            ? throw new EvaluationError("a power that is no finite real number")
            : result;
    }

    private static double Modulo(double a, double b)
    {
        var remainder = a % b;
        return remainder != 0 && (remainder < 0) != (b < 0) ? remainder + b : remainder;
    }

    private static List<Value> Join(SequenceValue a, SequenceValue b, Budget budget)
    {
        budget.Step(a.Items.Count + b.Items.Count);
        return [.. a.Items, .. b.Items];
    }

    private static Value Repeat(Value what, Value times, Budget budget)
    {
        var count = Math.Max(0, Numbers.Index(times, "a repetition"));
        switch (what)
        {
            case TextValue text:
                return new BoundedText(budget).Repeat(RequirePlain(text).Text, count).ToValue();
            case ListValue or TupleValue:
                var items = ((SequenceValue)what).Items;
                budget.Step((long)items.Count * count);
                Value[] repeated = [.. Enumerable.Repeat(items, items.Count == 0 ? 0 : count).SelectMany(item => item)];
                return what is ListValue ? new ListValue(repeated) : new TupleValue(repeated);
            default:
                throw Unsupported("*", what, times);
        }
    }

    private static EvaluationError Unsupported(string sign, Value left, Value right) =>
        new($"unsupported operand types for {sign}: '{left.TypeName}' and '{right.TypeName}'");
}
