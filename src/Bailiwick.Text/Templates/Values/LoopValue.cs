using Bailiwick.Text.Templates.Builtins;
using Bailiwick.Text.Templates.Evaluation;

namespace Bailiwick.Text.Templates.Values;

/// <summary>
/// The variable <c>loop</c>. Items are taken one ahead only when asked for, so that the condition of a loop sees what
/// the body has changed, as in jinja2. Mutable, one per loop.
/// </summary>
internal sealed class LoopValue : Value
{
    private readonly IEnumerator<Value> _source;
    private readonly Queue<Value> _ahead = new();
    private readonly Budget _budget;
    private Value? _previous;
    private Value? _current;
    private IReadOnlyList<Value>? _changed;
    private int _index = -1;

    /// <param name="items">What is iterated.</param>
    /// <param name="budget">Pays for comparisons.</param>
    public LoopValue(IEnumerable<Value> items, Budget budget)
    {
        _source = items.GetEnumerator();
        _budget = budget;
    }

    public override string TypeName => "LoopContext";

    public bool TryNext(out Value item)
    {
        var found = _ahead.TryDequeue(out item!) || Pull(out item!);
        if (found)
        {
            _previous = _current;
            _current = item;
            _index++;
        }

        return found;
    }

    public Value? Attribute(string name) => name switch
    {
        "index" => IntValue.Of(_index + 1),
        "index0" => IntValue.Of(_index),
        "first" => Of(_index == 0),
        "last" => Of(Peek() is null),
        "length" => IntValue.Of(Length()),
        "revindex" => IntValue.Of(Length() - _index),
        "revindex0" => IntValue.Of(Length() - _index - 1),
        "previtem" => _previous ?? new UndefinedValue("there is no previous item"),
        "nextitem" => Peek() ?? new UndefinedValue("there is no next item"),
        // Counts recursive calls of one loop; there are none here.
        "depth" => IntValue.Of(1),
        "depth0" => IntValue.Of(0),
        "cycle" => new FunctionValue(Cycle),
        "changed" => new FunctionValue(Changed),
        _ => null,
    };

    private Value Cycle(Arguments arguments)
    {
        arguments.RequireNoNames("cycle");
        return arguments.Positional.Count == 0
            ? throw new EvaluationError("no items for cycling given")
            : arguments.Positional[_index % arguments.Positional.Count];
    }

    private BoolValue Changed(Arguments arguments)
    {
        arguments.RequireNoNames("changed");
        _budget.Step(arguments.Positional.Count);
        var same = _changed is not null && _changed.SequenceEqual(arguments.Positional, PythonEquality.Instance);
        _changed = arguments.Positional;
        return Of(!same);
    }

    private Value? Peek()
    {
        if (_ahead.Count == 0 && Pull(out var item))
        {
            _ahead.Enqueue(item);
        }

        return _ahead.TryPeek(out var next) ? next : null;
    }

    private int Length()
    {
        while (Pull(out var item))
        {
            _ahead.Enqueue(item);
        }

        return _index + 1 + _ahead.Count;
    }

    private bool Pull(out Value item)
    {
        var found = _source.MoveNext();
        item = found ? _source.Current : NoneValue.None;
        return found;
    }
}
