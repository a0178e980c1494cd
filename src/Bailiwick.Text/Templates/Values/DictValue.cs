using System.Diagnostics.CodeAnalysis;

namespace Bailiwick.Text.Templates.Values;

/// <summary>A Python dict: keys in the order of their insertion, each with the origin it was inserted with.</summary>
internal sealed class DictValue : Value
{
    public static readonly DictValue Empty = new([]);

    private readonly List<KeyValuePair<Value, Value>> _entries = [];
    private readonly Dictionary<Value, int> _positions = new(PythonEquality.Instance);
    private readonly Nesting _nesting;

    /// <summary>A repeated key keeps its first place and takes the last value, as in Python.</summary>
    public DictValue(IEnumerable<KeyValuePair<Value, Value>> entries)
    {
        foreach (var (key, value) in entries)
        {
            PythonEquality.RequireHashable(key);
            if (_positions.TryGetValue(key, out var position))
            {
                _entries[position] = KeyValuePair.Create(_entries[position].Key, value);
            }
            else
            {
                _positions.Add(key, _entries.Count);
                _entries.Add(KeyValuePair.Create(key, value));
            }
        }

        _nesting = Nesting.Around(_entries.SelectMany(entry => new[] { entry.Key, entry.Value }));
    }

    public IReadOnlyList<KeyValuePair<Value, Value>> Entries => _entries;

    public override string TypeName => "dict";

    public override bool IsTrue => _entries.Count > 0;

    public override int Depth => _nesting.Depth;

    public override long Size => _nesting.Size;

    public IReadOnlyList<Value> Keys => [.. _entries.Select(entry => entry.Key)];

    /// <summary>The entries as (key, value) tuples.</summary>
    public IReadOnlyList<Value> Pairs => [.. _entries.Select(entry => new TupleValue([entry.Key, entry.Value]))];

    public bool TryGet(Value key, [NotNullWhen(true)] out Value? value)
    {
        PythonEquality.RequireHashable(key);
        value = _positions.TryGetValue(key, out var position) ? _entries[position].Value : null;
        return value is not null;
    }

    public bool TryGet(string key, [NotNullWhen(true)] out Value? value) => TryGet(TextValue.Template(key), out value);
}
