namespace Bailiwick.Residency.Loading;

/// <summary>Paths as RFC 6901 writes them.</summary>
internal static class JsonPointer
{
    public static string Field(string path, string name) =>
        path + "/" + name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);

    public static string Item(string path, int index) => $"{path}/{index}";
}
