using System.Diagnostics.CodeAnalysis;

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
