namespace Bailiwick.Residency.Loading;

/// <summary>Paths as RFC 6901 writes them.</summary>
internal static class JsonPointer
{
    public static string Field(string path, string name) =>
        path + "/" + name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);

    public static string Item(string path, int index) => $"{path}/{index}";
}

/// <summary>
/// Where a reader of YAML stands. Written out for a fault only: a file can hold a key of a megabyte over a hundred
/// thousand items, and a path for each of them would be a hundred gigabytes.
/// </summary>
/// <param name="Above">Null for a value at the root.</param>
/// <param name="Field">Null for an item of a list.</param>
internal sealed record YamlPlace(YamlPlace? Above, string? Field, int Index)
{
    public static string PathOf(YamlPlace? place) => place is null ? ""
        : place.Field is { } field ? JsonPointer.Field(PathOf(place.Above), field)
        : JsonPointer.Item(PathOf(place.Above), place.Index);
}
