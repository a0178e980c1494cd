namespace Bailiwick.Residency.Loading;

/// <summary>The fields of one map, of which all names are known.</summary>
internal sealed class Fields
{
    private readonly YamlMap _map;

    private Fields(YamlMap map, string path)
    {
        _map = map;
        Path = path;
    }

    public string Path { get; }

    public YamlNode Node => _map;

    /// <summary>Null and a fault if the node is not a map; reports unknown and missing fields.</summary>
    public static Fields? Open(
        Reading reading, YamlNode node, string path, ReadOnlySpan<string> required, ReadOnlySpan<string> optional)
    {
        if (node is not YamlMap map)
        {
            reading.Report(FaultCodes.SchemaType, path, node, $"A map is asked here, this is {node.Shape}.");
            return null;
        }

        foreach (var (name, value) in map.Fields)
        {
            if (!required.Contains(name) && !optional.Contains(name))
            {
                reading.Report(
                    FaultCodes.SchemaUnknownField, JsonPointer.Field(path, name), value,
                    $"'{name}' is no field here; known are {string.Join(", ", [.. required, .. optional])}.");
            }
        }

        foreach (var name in required)
        {
            if (!map.Fields.ContainsKey(name))
            {
                reading.Report(FaultCodes.SchemaMissingField, JsonPointer.Field(path, name), map, $"The field '{name}' is missing.");
            }
        }

        return new Fields(map, path);
    }

    public string PathOf(string name) => JsonPointer.Field(Path, name);

    public bool Has(string name) => _map.Fields.ContainsKey(name);

    /// <summary>Applies a reader to a field; default if the field was left out.</summary>
    public T? Read<T>(string name, Func<YamlNode, string, T?> reader) =>
        _map.Fields.TryGetValue(name, out var value) ? reader(value, PathOf(name)) : default;
}
