namespace Bailiwick.Text.Templates.Values;

/// <summary>Python's <c>&lt;</c>: numbers, texts by code point, lists and tuples item by item; anything else is an error.</summary>
internal sealed class PythonOrder : IComparer<Value>
{
    public static readonly PythonOrder Instance = new();

    private PythonOrder()
    {
    }

    public int Compare(Value? x, Value? y) => (x, y) switch
    {
        (TextValue a, TextValue b) => CompareCodePoints(a.Plain, b.Plain),
        (ListValue a, ListValue b) => CompareItems(a, b),
        (TupleValue a, TupleValue b) => CompareItems(a, b),
        (not null, not null) when Numbers.TryRead(x, out var a) && Numbers.TryRead(y, out var b) => a.CompareTo(b),
        _ => throw new EvaluationError($"'<' not supported between instances of '{x?.TypeName}' and '{y?.TypeName}'"),
    };

    /// <summary>UTF-16 order differs from code point order where a surrogate meets U+E000 to U+FFFF.</summary>
    public static int CompareCodePoints(string a, string b)
    {
        var common = Math.Min(a.Length, b.Length);
        for (var i = 0; i < common; i++)
        {
            if (a[i] != b[i])
            {
                return char.IsSurrogate(a[i]) == char.IsSurrogate(b[i]) ? a[i].CompareTo(b[i])
                    : char.IsSurrogate(a[i]) ? 1 : -1;
            }
        }

        return a.Length.CompareTo(b.Length);
    }

    private int CompareItems(SequenceValue a, SequenceValue b)
    {
        var common = Math.Min(a.Items.Count, b.Items.Count);
        for (var i = 0; i < common; i++)
        {
            if (!PythonEquality.Instance.Equals(a.Items[i], b.Items[i]))
            {
                return Compare(a.Items[i], b.Items[i]);
            }
        }

        return a.Items.Count.CompareTo(b.Items.Count);
    }
}
