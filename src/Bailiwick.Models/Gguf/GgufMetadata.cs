using Bailiwick.Models.Weights;

namespace Bailiwick.Models.Gguf;

/// <summary>
/// Typed access to the metadata. Find... gives null where the key is absent; Get... refuses the file. Both refuse it where
/// the value has another type or does not fit, naming key, what was expected and what is there. Writers differ in the
/// width of integers and floats, so any width is read and only the value must fit. Floats may be infinite or NaN: ranges
/// are the caller's. Usable while the file is open.
/// </summary>
public sealed class GgufMetadata
{
    private readonly string _file;
    private readonly Dictionary<string, GgufValue> _values;

    internal GgufMetadata(string file, Dictionary<string, GgufValue> values)
    {
        _file = file;
        _values = values;
    }

    /// <summary>Every value by its key: printable ASCII, unique.</summary>
    public IReadOnlyDictionary<string, GgufValue> Values => _values;

    public string? FindString(string key) => Find(key, IsString, "a string", isArray: false)?.Strings()[0];

    public string GetString(string key) => FindString(key) ?? throw Missing(key, "a string");

    public bool? FindBool(string key) => Find(key, IsBool, "a bool", isArray: false)?.Bool(0);

    public uint? FindUInt32(string key) => Find(key, IsUInt32, "an unsigned 32-bit integer", isArray: false) is { } value
        ? (uint)value.Integer(0)
        : null;

    public uint GetUInt32(string key) => FindUInt32(key) ?? throw Missing(key, "an unsigned 32-bit integer");

    public float? FindFloat(string key) => Find(key, IsFloat, "a float", isArray: false) is { } value
        ? (float)value.Float(0)
        : null;

    public float GetFloat(string key) => FindFloat(key) ?? throw Missing(key, "a float");

    public IReadOnlyList<string>? FindStrings(string key) => Find(key, IsString, "an array of strings", isArray: true)?.Strings();

    public IReadOnlyList<string> GetStrings(string key) => FindStrings(key) ?? throw Missing(key, "an array of strings");

    public IReadOnlyList<int>? FindInt32s(string key) =>
        All(Find(key, IsInt32, "an array of 32-bit integers", isArray: true), (value, i) => (int)value.Integer(i));

    public IReadOnlyList<int> GetInt32s(string key) => FindInt32s(key) ?? throw Missing(key, "an array of 32-bit integers");

    public IReadOnlyList<float>? FindFloats(string key) =>
        All(Find(key, IsFloat, "an array of floats", isArray: true), (value, i) => (float)value.Float(i));

    public IReadOnlyList<float> GetFloats(string key) => FindFloats(key) ?? throw Missing(key, "an array of floats");

    public IReadOnlyList<bool>? FindBools(string key) =>
        All(Find(key, IsBool, "an array of bools", isArray: true), (value, i) => value.Bool(i));

    private GgufValue? Find(string key, Func<GgufValue, int, bool> fits, string expected, bool isArray)
    {
        if (!_values.TryGetValue(key, out var value)) return null;
        if (value.IsArray != isArray) throw Wrong(key, expected, value.Kind);
        for (var i = 0; i < value.Count; i++)
        {
            if (!fits(value, i)) throw Wrong(key, expected, value.IsInteger ? $"{value.Integer(i)}" : value.Kind);
            if (!value.IsInteger) break; // Only the range of integers differs from element to element.
        }

        return value;
    }

    private static bool IsString(GgufValue value, int index) => value.Type is GgufValueType.String;

    private static bool IsBool(GgufValue value, int index) => value.Type is GgufValueType.Bool;

    private static bool IsFloat(GgufValue value, int index) => value.IsFloat;

    private static bool IsUInt32(GgufValue value, int index) =>
        value.IsInteger && value.Integer(index) is var number && number >= uint.MinValue && number <= uint.MaxValue;

    private static bool IsInt32(GgufValue value, int index) =>
        value.IsInteger && value.Integer(index) is var number && number >= int.MinValue && number <= int.MaxValue;

    private static T[]? All<T>(GgufValue? value, Func<GgufValue, int, T> element)
    {
        if (value is null) return null;
        var all = new T[value.Count];
        for (var i = 0; i < all.Length; i++) all[i] = element(value, i);
        return all;
    }

    private BadModelException Missing(string key, string expected) => new(_file, $"lacks the metadata key {key} ({expected})");

    private BadModelException Wrong(string key, string expected, string found) =>
        new(_file, $"has {found} under the metadata key {key}; expected {expected}");
}
