namespace Bailiwick.Evidence;

/// <summary>
/// Takes the fields of a leaf one by one and remembers the first that is wrong. What it returns after a fault is a
/// filler: <see cref="Finish"/> tells, and also names a field that nobody took.
/// </summary>
internal sealed class LeafReader(LeafObject value)
{
    /// <summary>Longest id: a verifier key of ML-DSA-44 is the longest that we write.</summary>
    public const int MaxId = 2048;

    /// <summary>Most entries of a list.</summary>
    public const int MaxIds = 1024;

    private int _taken;

    public Fault? Fault { get; private set; }

    public string Id(string key) => Required(key, OptionalId(key)) ?? "";

    public string? OptionalId(string key) =>
        Take(key) switch
        {
            null => null,
            LeafText { Value.Length: <= MaxId } text => text.Value,
            _ => Refuse<string>(key, $"is not an id of at most {MaxId} characters"),
        };

    public T Name<T>(string key)
        where T : struct, Enum => Required(key, OptionalName<T>(key)) ?? default;

    public T? OptionalName<T>(string key)
        where T : struct, Enum
    {
        if (OptionalId(key) is not string name)
        {
            return null;
        }

        if (WireNames<T>.TryParse(name, out var known))
        {
            return known;
        }

        Refuse<object>(key, "is not a value of its list");
        return default(T);
    }

    public TreeHash Hash(string key) => Required(key, OptionalHash(key)) ?? default;

    public TreeHash? OptionalHash(string key)
    {
        if (OptionalId(key) is not string text)
        {
            return null;
        }

        if (!TreeHash.TryParseHex(text, out var hash))
        {
            Refuse<object>(key, "is not a hash of 64 hexadecimal digits");
        }

        return hash;
    }

    /// <summary>A number from 0, or from the given minimum.</summary>
    public long Number(string key, long min = 0) => Required(key, OptionalNumber(key, min)) ?? 0;

    public long? OptionalNumber(string key, long min = 0)
    {
        switch (Take(key))
        {
            case null:
                return null;
            case LeafNumber number when number.Value >= min:
                return number.Value;
            default:
                Refuse<object>(key, $"is not a number from {min}");
                return 0;
        }
    }

    public DateTimeOffset Time(string key) => Required(key, OptionalTime(key)) ?? default;

    public DateTimeOffset? OptionalTime(string key)
    {
        if (OptionalNumber(key) is not long milliseconds)
        {
            return null;
        }

        if (milliseconds <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds())
        {
            return DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
        }

        Refuse<object>(key, "is not a time before the year 10000");
        return DateTimeOffset.UnixEpoch;
    }

    public IReadOnlyList<string> Ids(string key) => Required(key, OptionalIds(key)) ?? [];

    public IReadOnlyList<string>? OptionalIds(string key) =>
        Take(key) switch
        {
            null => null,
            LeafList { Items.Count: <= MaxIds } list when list.Items.All(item => item.Length <= MaxId) => list.Items,
            _ => Refuse<IReadOnlyList<string>>(key, $"is not a list of at most {MaxIds} ids"),
        };

    public T Part<T>(string key, Func<LeafReader, T> read)
        where T : LeafPart => Required(key, OptionalPart(key, read)) ?? null!;

    public T? OptionalPart<T>(string key, Func<LeafReader, T> read)
        where T : LeafPart
    {
        switch (Take(key))
        {
            case null:
                return null;
            case LeafObject part:
                var reader = new LeafReader(part);
                var result = read(reader);
                Fault ??= reader.Finish()?.In(key);
                return result;
            default:
                return Refuse<T>(key, "is not an object");
        }
    }

    /// <summary>The first fault: a wrong or missing field, else an unknown one; null if all is well.</summary>
    public Fault? Finish()
    {
        if (Fault is null && _taken < value.Fields.Count)
        {
            Fault = new Fault(FaultCode.LeafField, "a field that this kind of leaf does not have");
        }

        return Fault;
    }

    /// <summary>Each key is asked for once, so counting tells whether any is left over.</summary>
    private LeafValue? Take(string key)
    {
        foreach (var (name, field) in value.Fields)
        {
            if (name == key)
            {
                _taken++;
                return field;
            }
        }

        return null;
    }

    private T? Required<T>(string key, T? found)
    {
        if (found is null)
        {
            Refuse<object>(key, "is missing");
        }

        return found;
    }

    private T? Refuse<T>(string key, string what)
        where T : class
    {
        Fault ??= new Fault(FaultCode.LeafField, what, key);
        return null;
    }
}
