using System.Diagnostics.CodeAnalysis;
using System.Numerics;

namespace Bailiwick.Text.Templates.Values;

/// <summary>Python's <c>==</c> and <c>hash()</c>: numbers and bools compare across types, texts by their characters alone.</summary>
internal sealed class PythonEquality : IEqualityComparer<Value>
{
    public static readonly PythonEquality Instance = new();

    private PythonEquality()
    {
    }

    public bool Equals(Value? x, Value? y) => (x, y) switch
    {
        (SequenceValue or DictValue, _) when ReferenceEquals(x, y) => true,
        (TextValue a, TextValue b) => a.Plain == b.Plain,
        (UndefinedValue, UndefinedValue) => true,
        (ListValue a, ListValue b) => ItemsEqual(a, b),
        (TupleValue a, TupleValue b) => ItemsEqual(a, b),
        (RangeValue a, RangeValue b) => ItemsEqual(a, b),
        (DictValue a, DictValue b) => EntriesEqual(a, b),
        (not null, not null) when Numbers.TryRead(x, out var a) && Numbers.TryRead(y, out var b) => a.EqualTo(b),
        _ => ReferenceEquals(x, y),
    };

    public int GetHashCode([DisallowNull] Value obj) => obj switch
    {
        TextValue text => StringComparer.Ordinal.GetHashCode(text.Plain),
        TupleValue tuple => tuple.Items.Aggregate(tuple.Items.Count, (hash, item) => HashCode.Combine(hash, GetHashCode(item))),
        _ when Numbers.TryRead(obj, out var number) => number.ToDouble().GetHashCode(),
        _ => obj.TypeName.GetHashCode(StringComparison.Ordinal),
    };

    /// <summary>Tuples nest; one beyond any use as a key is refused rather than hashed.</summary>
    public static bool IsHashable(Value key) =>
        key is not (ListValue or DictValue) && (key is not TupleValue tuple || (tuple.Size <= 1_000 && tuple.Items.All(IsHashable)));

    public static void RequireHashable(Value key)
    {
        if (!IsHashable(key))
        {
            throw new EvaluationError($"unhashable type: '{key.TypeName}'");
        }
    }

    private bool ItemsEqual(SequenceValue a, SequenceValue b) => a.Items.SequenceEqual(b.Items, this);

    private bool EntriesEqual(DictValue a, DictValue b) =>
        a.Entries.Count == b.Entries.Count &&
        a.Entries.All(entry => b.TryGet(entry.Key, out var other) && Equals(entry.Value, other));
}

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
