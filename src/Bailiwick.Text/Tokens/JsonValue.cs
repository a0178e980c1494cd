using System.Text.Json;

namespace Bailiwick.Text.Tokens;

/// <summary>A value of a tokenizer file together with its path, so that every refusal names the place.</summary>
internal readonly struct JsonValue
{
    private readonly JsonElement _element;
    private readonly string _parent;
    private readonly int _index;

    public JsonValue(JsonElement element, string path)
        : this(element, path, -1)
    {
    }

    private JsonValue(JsonElement element, string parent, int index)
    {
        _element = element;
        _parent = parent;
        _index = index;
    }

    /// <summary>Where the value stands, such as <c>pre_tokenizer.pretokenizers[1]</c>; made only when asked for.</summary>
    public string Path => _index < 0 ? _parent : $"{_parent}[{_index}]";

    public JsonValueKind Kind => _element.ValueKind;

    public TokenizerFormatException Error(string reason) => new($"{Path}: {reason}");

    public TokenizerNotSupportedException NotSupported(string reason) => new($"{Path}: {reason}");

    /// <summary>The member of that name, or null where it is absent or JSON null.</summary>
    public JsonValue? Find(string name)
    {
        Expect(JsonValueKind.Object, "an object");
        return _element.TryGetProperty(name, out var member) && member.ValueKind != JsonValueKind.Null
            ? new JsonValue(member, Join(name))
            : null;
    }

    public JsonValue Get(string name) => Find(name) ?? throw Error($"'{name}' is missing");

    /// <summary>The discriminator that every component of a tokenizer file carries.</summary>
    public string Type() => Get("type").Text();

    public bool Flag(string name, bool otherwise) => Find(name) is not { } value
        ? otherwise
        : value.Kind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw value.Error("true or false expected"),
        };

    public string Text(int longest)
    {
        var text = Text();
        return text.Length <= longest ? text : throw Error($"{text.Length} characters; at most {longest} are read");
    }

    public string Text()
    {
        Expect(JsonValueKind.String, "a string");
        try
        {
            return _element.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Error("not valid Unicode text (a lone surrogate?)");
        }
    }

    public int Integer(int least, int most) =>
        _element.ValueKind == JsonValueKind.Number && _element.TryGetInt32(out var value) && value >= least && value <= most
            ? value
            : throw Error($"an integer from {least} to {most} expected");

    public double Number() =>
        _element.ValueKind == JsonValueKind.Number && _element.TryGetDouble(out var value) && double.IsFinite(value)
            ? value
            : throw Error("a finite number expected");

    public int Count(int most)
    {
        var count = _element.ValueKind switch
        {
            JsonValueKind.Array => _element.GetArrayLength(),
            JsonValueKind.Object => _element.GetPropertyCount(),
            _ => throw Error("an array or an object expected"),
        };
        return count <= most ? count : throw Error($"{count} entries; at most {most} are read");
    }

    public IEnumerable<JsonValue> Items()
    {
        Expect(JsonValueKind.Array, "an array");
        var (path, index) = (Path, 0);
        foreach (var item in _element.EnumerateArray())
        {
            yield return new JsonValue(item, path, index++);
        }
    }

    public IEnumerable<(string Name, JsonValue Value)> Members()
    {
        Expect(JsonValueKind.Object, "an object");
        var (path, index) = (Path, 0);
        foreach (var member in _element.EnumerateObject())
        {
            // The number of the member stands for its name: names may be long, or no valid text.
            var value = new JsonValue(member.Value, path, index++);
            string name;
            try
            {
                name = member.Name;
            }
            catch (InvalidOperationException)
            {
                throw value.Error("the name is not valid Unicode text (a lone surrogate?)");
            }

            yield return (name, value);
        }
    }

    private string Join(string name) => Path.Length == 0 ? name : $"{Path}.{name}";

    private void Expect(JsonValueKind kind, string what)
    {
        if (_element.ValueKind != kind)
        {
            throw Error($"{what} expected, found {_element.ValueKind}");
        }
    }
}
