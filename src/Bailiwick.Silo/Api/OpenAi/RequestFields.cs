using System.Globalization;
using System.Text.Json;
using Bailiwick.Protocol;
using Bailiwick.Silo.Hosting;

namespace Bailiwick.Silo.Api.OpenAi;

/// <summary>
/// Typed access to the fields of a JSON object. The first fault is kept and later ones are not looked for; a field that is wrong
/// reads as absent. Null is absent, as OpenAI's clients mean it. Objects within share the fault of their request.
/// </summary>
internal sealed class RequestFields
{
    private readonly JsonElement _root;
    private readonly RequestFields? _parent;
    private readonly string _path;
    private Refusal? _fault;

    public RequestFields(JsonElement root)
        : this(root, null, "")
    {
    }

    private RequestFields(JsonElement root, RequestFields? parent, string path) => (_root, _parent, _path) = (root, parent, path);

    /// <summary>The first fault found; null while there is none.</summary>
    public Refusal? Fault => _parent is null ? _fault : _parent.Fault;

    /// <summary>Field names, in their order.</summary>
    public IEnumerable<string> Names => _root.EnumerateObject().Select(property => property.Name);

    /// <summary>The value; null when absent or null.</summary>
    public JsonElement? Any(string name) =>
        _root.TryGetProperty(name, out var value) && value.ValueKind is not JsonValueKind.Null ? value : null;

    public string? Text(string name)
    {
        if (Any(name) is not { } value)
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.String ? value.GetString() : Wrong<string>(name, "must be a string");
    }

    public string Required(string name) => Text(name) ?? Wrong<string>(name, "is missing") ?? "";

    public bool? Flag(string name)
    {
        if (Any(name) is not { } value)
        {
            return null;
        }

        return value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : WrongValue<bool>(name, "must be true or false");
    }

    /// <summary>A number within bounds.</summary>
    public float? Number(string name, float least, float most)
    {
        if (Any(name) is not { } value)
        {
            return null;
        }

        // What does not fit a float is infinite, hence out of bounds.
        return value.ValueKind == JsonValueKind.Number && value.TryGetSingle(out var number) && number >= least && number <= most
            ? number
            : WrongValue<float>(name, string.Create(CultureInfo.InvariantCulture, $"must be a number in {least} to {most}"));
    }

    /// <summary>A whole number, however it is spelled (16, 16.0), within bounds.</summary>
    public long? Whole(string name, long least, long most)
    {
        if (Any(name) is not { } value)
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Number)
        {
            if (value.TryGetInt64(out var number) || TryFromDouble(value, out number))
            {
                return number >= least && number <= most ? number : WrongValue<long>(name, $"must be in {least} to {most}");
            }
        }

        return WrongValue<long>(name, $"must be a whole number in {least} to {most}");
    }

    /// <summary>An object; null when absent.</summary>
    public RequestFields? Object(string name)
    {
        if (Any(name) is not { } value)
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.Object
            ? new RequestFields(value, this, Path(name) + ".")
            : Wrong<RequestFields>(name, "must be an object");
    }

    /// <summary>Fields of an item of an array that this object holds.</summary>
    public RequestFields Item(JsonElement item, string path) => new(item, this, Path(path) + ".");

    public void Refuse(string name, string what) => Report(Invalid(name, what));

    public void Unsupported(string name, string what) =>
        Report(new Refusal(Errors.Capability, $"{Path(name)} {what}.") { Field = Path(name) });

    private static bool TryFromDouble(JsonElement value, out long number)
    {
        // 2^53: above, doubles skip whole numbers.
        const double Exact = 9007199254740992;
        number = 0;
        if (!value.TryGetDouble(out var real) || Math.Abs(real) > Exact || Math.Floor(real) != real)
        {
            return false;
        }

        number = (long)real;
        return true;
    }

    private string Path(string name) => _path + name;

    private Refusal Invalid(string name, string what) => new(Errors.Invalid, $"{Path(name)} {what}.") { Field = Path(name) };

    private T? Wrong<T>(string name, string what)
        where T : class
    {
        Refuse(name, what);
        return null;
    }

    private T? WrongValue<T>(string name, string what)
        where T : struct
    {
        Refuse(name, what);
        return null;
    }

    private void Report(Refusal refusal)
    {
        if (_parent is null)
        {
            _fault ??= refusal;
        }
        else
        {
            _parent.Report(refusal);
        }
    }
}
