namespace Bailiwick.Evidence;

/// <summary>
/// Collects the fields of a leaf or of one of its parts. A field given as null is left out. It refuses whatever
/// <see cref="LeafReader"/> refuses: a record that nobody can read back would spoil every pack of its log.
/// </summary>
internal sealed class LeafWriter
{
    private readonly SortedList<string, LeafValue> _fields = new(StringComparer.Ordinal);

    public LeafObject ToObject() => new([.. _fields]);

    /// <exception cref="ArgumentException">Text that may not stand in a leaf: it would be free text.</exception>
    public LeafWriter Id(string key, string? value)
    {
        if (value is not null)
        {
            CheckText(key, value);
            _fields.Add(key, new LeafText(value));
        }

        return this;
    }

    public LeafWriter Name<T>(string key, T? value)
        where T : struct, Enum => Id(key, value is T known ? WireNames<T>.Of(known) : null);

    public LeafWriter Hash(string key, TreeHash? value) => Id(key, value?.ToHex());

    /// <exception cref="ArgumentOutOfRangeException">Below the minimum or beyond 2^53-1.</exception>
    public LeafWriter Number(string key, long? value, long min = 0)
    {
        if (value is long number)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(number, LeafNumber.Max, key);
            ArgumentOutOfRangeException.ThrowIfLessThan(number, min, key);
            _fields.Add(key, new LeafNumber(number));
        }

        return this;
    }

    public LeafWriter Time(string key, DateTimeOffset? value) => Number(key, value?.ToUnixTimeMilliseconds());

    public LeafWriter Ids(string key, IReadOnlyList<string>? values)
    {
        if (values is not null)
        {
            if (values.Count > LeafReader.MaxIds)
            {
                throw new ArgumentException($"{key} takes at most {LeafReader.MaxIds} ids.");
            }

            foreach (var value in values)
            {
                CheckText(key, value);
            }

            _fields.Add(key, new LeafList(values));
        }

        return this;
    }

    public LeafWriter Part(string key, LeafPart? part)
    {
        if (part is not null)
        {
            var writer = new LeafWriter();
            part.Write(writer);
            _fields.Add(key, writer.ToObject());
        }

        return this;
    }

    private static void CheckText(string key, string value)
    {
        if (value.Length > LeafReader.MaxId || !LeafJson.IsText(value))
        {
            throw new ArgumentException($"{key} takes an id of visible ASCII, 1 to {LeafReader.MaxId} characters.");
        }
    }
}

/// <summary>An object inside a leaf.</summary>
public abstract record LeafPart
{
    internal abstract void Write(LeafWriter fields);
}
