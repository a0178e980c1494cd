using System.Text.Json;

namespace Bailiwick.Tests.Evidence;

/// <summary>Reads the JSON files of fixtures/merkle and of the public vectors.</summary>
internal static class VectorFile
{
    public static JsonElement Fixture(params string[] parts) => Load(Repository.Fixture(["merkle", .. parts]));

    public static JsonElement Public(params string[] parts) => Load(Path.Combine([Repository.Vectors!, .. parts]));

    public static byte[] FixtureBytes(params string[] parts) => File.ReadAllBytes(Repository.Fixture(["merkle", .. parts]));

    public static string Text(this JsonElement element, string name) => element.GetProperty(name).GetString()!;

    public static ulong Number(this JsonElement element, string name) => element.GetProperty(name).GetUInt64();

    public static IEnumerable<JsonElement> Items(this JsonElement element, string name) =>
        element.GetProperty(name).EnumerateArray();

    private static JsonElement Load(string path)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(path));
        return document.RootElement.Clone();
    }
}
