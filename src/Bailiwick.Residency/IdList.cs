using System.Collections;
using System.Collections.Frozen;

namespace Bailiwick.Residency;

/// <summary>
/// A closed list of ids with their places. Ids are equal when their code units are: no trimming, no case folding,
/// no normalisation. Immutable; a look-up allocates nothing.
/// </summary>
public sealed class IdList : IReadOnlyList<string>
{
    private readonly string[] _ids;
    private readonly FrozenDictionary<string, int> _places;

    /// <exception cref="ArgumentException">An id stands twice.</exception>
    public IdList(IEnumerable<string> ids)
    {
        _ids = [.. ids];
        _places = _ids.Select((id, place) => KeyValuePair.Create(id, place)).ToDictionary(StringComparer.Ordinal)
            .ToFrozenDictionary(StringComparer.Ordinal);
    }

    public int Count => _ids.Length;

    public string this[int index] => _ids[index];

    /// <summary>The place of an id, or -1 if it is null or not in the list.</summary>
    public int IndexOf(string? id) => id is not null && _places.TryGetValue(id, out var place) ? place : -1;

    public bool Contains(string? id) => IndexOf(id) >= 0;

    public IEnumerator<string> GetEnumerator() => ((IEnumerable<string>)_ids).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
