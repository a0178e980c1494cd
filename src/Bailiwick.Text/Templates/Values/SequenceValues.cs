using System.Numerics;

namespace Bailiwick.Text.Templates.Values;

/// <summary>A container that can be counted and iterated again and again.</summary>
internal abstract class SequenceValue : Value
{
    private readonly Nesting _nesting;

    protected SequenceValue(IReadOnlyList<Value> items)
    {
        Items = items;
        _nesting = Nesting.Around(items);
    }

    public IReadOnlyList<Value> Items { get; }

    public override bool IsTrue => Items.Count > 0;

    public override int Depth => _nesting.Depth;

    public override long Size => _nesting.Size;
}

/// <summary>A Python list. The sandbox lets no template change one, so it is immutable here.</summary>
internal sealed class ListValue(IReadOnlyList<Value> items) : SequenceValue(items)
{
    public static readonly ListValue Empty = new([]);

    public override string TypeName => "list";
}

internal sealed class TupleValue(IReadOnlyList<Value> items) : SequenceValue(items)
{
    public override string TypeName => "tuple";
}

/// <summary>A Python range, listed out.</summary>
internal sealed class RangeValue(IReadOnlyList<Value> items) : SequenceValue(items)
{
    public override string TypeName => "range";

    public static RangeValue Of(BigInteger start, BigInteger stop, BigInteger step, int limit)
    {
        if (step.IsZero)
        {
            throw new EvaluationError("range() with a step of zero");
        }

        var count = step.Sign > 0 ? (stop - start + step - 1) / step : (start - stop - step - 1) / -step;
        if (count > limit)
        {
            throw new LimitReached($"a range of more than {limit} items");
        }

        var items = new List<Value>();
        for (var number = start; items.Count < count; number += step)
        {
            items.Add(IntValue.Of(number));
        }

        return new RangeValue(items);
    }
}

/// <summary>What <c>keys()</c>, <c>values()</c> and <c>items()</c> of a dict give: iterable and countable, not indexable.</summary>
internal sealed class DictViewValue(string typeName, IReadOnlyList<Value> items) : SequenceValue(items)
{
    public override string TypeName { get; } = typeName;
}

/// <summary>A Python generator: true, without a length, and gone once iterated. Mutable.</summary>
internal sealed class GeneratorValue(IEnumerable<Value> items) : Value
{
    private IEnumerable<Value>? _items = items;

    public override string TypeName => "generator";

    public IEnumerable<Value> Drain()
    {
        var items = _items ?? [];
        _items = null;
        return items;
    }
}
