using System.Text.Json;
using Bailiwick.Models.Weights;

namespace Bailiwick.Models.Families;

/// <summary>An object of an untrusted JSON file: typed, bounded look-ups, each failing with a sentence that names the
/// key.</summary>
internal sealed class JsonFields
{
    private const int MaxDepth = 32;

    private readonly JsonElement _element;
    private readonly string _prefix;

    private JsonFields(string file, JsonElement element, string prefix)
    {
        File = file;
        _element = element;
        _prefix = prefix;
    }

    /// <summary>Bare name of the file.</summary>
    public string File { get; }

    /// <summary>The object itself.</summary>
    public JsonElement Element => _element;

    /// <summary>Reads a file that holds one object.</summary>
    /// <param name="path">The file; its name appears in refusals.</param>
    /// <param name="maxBytes">Largest size that is read.</param>
    /// <exception cref="BadModelException">Absent, a link, too large, not JSON, a key twice, too deep, or no object.</exception>
    public static JsonFields Read(string path, int maxBytes)
    {
        var info = new FileInfo(path);
        if (info.LinkTarget is not null)
        {
            throw new BadModelException(info.Name, "is a symbolic link; only regular files are read");
        }
        if (!info.Exists) throw new BadModelException(info.Name, "does not exist");
        if (info.Length > maxBytes)
        {
            throw new BadModelException(info.Name, $"has {info.Length} bytes; at most {maxBytes} are read");
        }
        return Parse(info.Name, System.IO.File.ReadAllBytes(path));
    }

    /// <summary>Parses the bytes of a file that holds one object.</summary>
    /// <exception cref="BadModelException">Not JSON, a key twice, too deep, or no object.</exception>
    public static JsonFields Parse(string file, ReadOnlyMemory<byte> json)
    {
        try
        {
            var options = new JsonDocumentOptions { MaxDepth = MaxDepth, AllowDuplicateProperties = false };
            using var document = JsonDocument.Parse(json, options);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? new JsonFields(file, document.RootElement.Clone(), "")
                : throw new BadModelException(file, "is not a JSON object");
        }
        catch (JsonException fault)
        {
            throw new BadModelException(file,
                $"is not the JSON that is expected (line {fault.LineNumber + 1}): {FirstSentence(fault)}");
        }
    }

    /// <summary>Whether the key is there with a value other than null.</summary>
    public bool Has(string key) => Find(key) is not null;

    public long Integer(string key, long min, long max) => OptionalInteger(key, min, max) ?? throw Missing(key);

    public long? OptionalInteger(string key, long min, long max)
    {
        if (Find(key) is not { } value) return null;
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt64(out var number))
        {
            throw Wrong(key, "is not an integer");
        }
        return number >= min && number <= max ? number : throw Wrong(key, $"is {number}; it must be from {min} to {max}");
    }

    public double Number(string key, double min, double max) => OptionalNumber(key, min, max) ?? throw Missing(key);

    public double? OptionalNumber(string key, double min, double max)
    {
        if (Find(key) is not { } value) return null;
        if (value.ValueKind != JsonValueKind.Number) throw Wrong(key, "is not a number");
        var number = value.GetDouble();
        return number >= min && number <= max ? number : throw Wrong(key, $"is {number}; it must be from {min} to {max}");
    }

    public bool? OptionalBoolean(string key) => Find(key) switch
    {
        null => null,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        _ => throw Wrong(key, "is neither true nor false"),
    };

    public string Text(string key) => OptionalText(key) ?? throw Missing(key);

    public string? OptionalText(string key)
    {
        if (Find(key) is not { } value) return null;
        if (value.ValueKind != JsonValueKind.String) throw Wrong(key, "is not a string");
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            throw Wrong(key, "is not valid Unicode text");
        }
    }

    public JsonFields? OptionalObject(string key)
    {
        if (Find(key) is not { } value) return null;
        return value.ValueKind == JsonValueKind.Object
            ? new JsonFields(File, value, $"{_prefix}{key}.")
            : throw Wrong(key, "is not an object");
    }

    public JsonFields Object(string key) => OptionalObject(key) ?? throw Missing(key);

    /// <summary>An object inside a list, for look-ups in it.</summary>
    public JsonFields Item(string key, JsonElement item) => new(File, item, $"{_prefix}{key}[].");

    /// <summary>One integer or a list of them; empty where the key is absent.</summary>
    public IReadOnlyList<int> Integers(string key, int min, int max)
    {
        if (Find(key) is not { } value) return [];
        var items = value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().ToList() : [value];
        return [.. items.Select(item =>
            item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out var number) && number >= min && number <= max
                ? number
                : throw Wrong(key, $"holds something other than integers from {min} to {max}"))];
    }

    /// <summary>A list of strings; empty where the key is absent.</summary>
    public IReadOnlyList<string> Strings(string key)
    {
        if (Find(key) is not { } value) return [];
        return value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String)
            ? [.. value.EnumerateArray().Select(item => item.GetString()!)]
            : throw Wrong(key, "is not a list of strings");
    }

    /// <summary>A refusal about a key.</summary>
    public BadModelException Wrong(string key, string reason) => new(File, $"{Quoted.Text(_prefix + key)} {reason}");

    private BadModelException Missing(string key) => new(File, $"lacks {Quoted.Text(_prefix + key)}");

    private JsonElement? Find(string key) =>
        _element.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    // The parser's message may quote the file; what follows its first sentence is the position.
    private static string FirstSentence(JsonException fault) => Quoted.Text(fault.Message.Split(". ", 2)[0]);
}
