using Bailiwick.Text.Templates.Builtins;
using Bailiwick.Text.Templates.Evaluation;

namespace Bailiwick.Text.Templates.Values;

/// <summary>Access to parts of a value, as the immutable sandbox of jinja2 resolves it.</summary>
internal static class Lookup
{
    /// <summary><c>value.name</c>: a method of the type wins over an entry of a mapping.</summary>
    public static Value Attribute(Value value, string name, Budget budget)
    {
        RequireDefined(value);
        return Member(value, name, budget)
            ?? (value is DictValue dict && dict.TryGet(name, out var entry) ? entry : Missing(value, name));
    }

    /// <summary><c>value[key]</c>: an entry wins; a key that is a text may still name a method.</summary>
    public static Value Item(Value value, Value key, Budget budget)
    {
        RequireDefined(value);
        budget.Step(value is TextValue ? value.Size : key.Size);
        if (value is DictValue dict)
        {
            if (PythonEquality.IsHashable(key) && dict.TryGet(key, out var entry))
            {
                return entry;
            }
        }
        else if (value is TextValue or ListValue or TupleValue or RangeValue && key is (IntValue or BoolValue))
        {
            return At(value, Numbers.Index(key, "an index")) ?? new UndefinedValue($"{value.TypeName} object has no such element");
        }

        return key is TextValue { Plain: var name } && Member(value, name, budget) is { } member
            ? member
            : new UndefinedValue($"{value.TypeName} object has no such element");
    }

    /// <summary><c>value[start:stop:step]</c>.</summary>
    public static Value Slice(Value value, Value start, Value stop, Value step)
    {
        RequireDefined(value);
        var by = step is NoneValue ? 1 : Numbers.Index(step, "a slice index");
        switch (value)
        {
            case TextValue text:
                return SliceText(text, start, stop, by);
            case ListValue list:
                return new ListValue(Pick(list.Items, start, stop, by));
            case TupleValue tuple:
                return new TupleValue(Pick(tuple.Items, start, stop, by));
            case RangeValue range:
                return new RangeValue(Pick(range.Items, start, stop, by));
            default:
                throw new EvaluationError($"'{value.TypeName}' object is not subscriptable");
        }
    }

    public static void RequireDefined(Value value)
    {
        if (value is UndefinedValue undefined)
        {
            throw new EvaluationError(undefined.Description);
        }
    }

    private static Value? Member(Value value, string name, Budget budget) => value switch
    {
        NamespaceValue names => names.Get(name),
        LoopValue loop => loop.Attribute(name),
        _ when MethodTable.Find(value, name) is { } method => new BoundMethodValue(value, method, budget),
        DictValue when DictMethods.Withheld.Contains(name) => new UndefinedValue($"access to '{name}' of a dict is unsafe"),
        _ => null,
    };

    private static UndefinedValue Missing(Value value, string name) => new($"'{value.TypeName} object' has no attribute '{name}'");

    private static Value? At(Value value, int index)
    {
        if (value is SequenceValue { Items: var items })
        {
            var at = index < 0 ? index + items.Count : index;
            return at >= 0 && at < items.Count ? items[at] : null;
        }

        var text = (TextValue)value;
        var offsets = CodePoints.Offsets(text.Plain);
        var count = offsets is null ? text.Plain.Length : offsets.Length - 1;
        var position = index < 0 ? index + count : index;
        return position < 0 || position >= count ? null
            : offsets is null ? text.Slice(position, 1)
            : text.Slice(offsets[position], offsets[position + 1] - offsets[position]);
    }

    private static TextValue SliceText(TextValue text, Value start, Value stop, int step)
    {
        var offsets = CodePoints.Offsets(text.Plain);
        var count = offsets is null ? text.Plain.Length : offsets.Length - 1;
        int At(int position) => offsets is null ? position : offsets[position];
        var (first, last) = Bounds(start, stop, step, count);
        if (step == 1)
        {
            return last <= first ? TextValue.Empty : text.Slice(At(first), At(last) - At(first));
        }

        var parts = Positions(first, last, step).Select(at => text.Text.Slice(At(at), At(at + 1) - At(at)));
        return new TextValue(OriginText.Concat([.. parts]));
    }

    private static IReadOnlyList<Value> Pick(IReadOnlyList<Value> items, Value start, Value stop, int step)
    {
        var (first, last) = Bounds(start, stop, step, items.Count);
        return [.. Positions(first, last, step).Select(at => items[at])];
    }

    private static IEnumerable<int> Positions(int first, int last, int step)
    {
        for (long at = first; step > 0 ? at < last : at > last; at += step)
        {
            yield return (int)at;
        }
    }

    /// <summary>Python's <c>slice.indices</c>.</summary>
    private static (int First, int Last) Bounds(Value start, Value stop, int step, int count)
    {
        if (step == 0)
        {
            throw new EvaluationError("slice step cannot be zero");
        }

        var (low, high) = step > 0 ? (0, count) : (-1, count - 1);
        int Bound(Value value, int otherwise)
        {
            if (value is NoneValue)
            {
                return otherwise;
            }

            var index = (long)Numbers.Index(value, "a slice index");
            return (int)Math.Clamp(index < 0 ? index + count : index, low, high);
        }

        return (Bound(start, step > 0 ? low : high), Bound(stop, step > 0 ? high : low));
    }
}
