using System.Runtime.InteropServices;
using System.Text.Json;
using Bailiwick.Models.Safetensors;

namespace Bailiwick.Tests.Models.Families;

/// <summary>One case of a fixture's reference.json with its logits.</summary>
internal sealed record ReferenceCase(
    string Name, IReadOnlyList<int> Ids, IReadOnlyList<int> Positions, float[] Logits, double Tolerance, IReadOnlyList<int> Greedy)
{
    /// <summary>Every case of a reference file.</summary>
    public static IReadOnlyList<ReferenceCase> Read(string path)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(path));
        var root = document.RootElement;
        using var tensors = SafetensorsFile.Open(Path.Combine(Path.GetDirectoryName(path)!, root.GetProperty("tensors_file").GetString()!));
        return [.. root.GetProperty("cases").EnumerateArray().Select(item =>
        {
            var tensor = tensors.Tensors[item.GetProperty("logits_tensor").GetString()!];
            var logits = MemoryMarshal.Cast<byte, float>(tensor.Rows(0, (int)tensor.RowCount)).ToArray();
            return new ReferenceCase(
                item.GetProperty("name").GetString()!, Integers(item, "input_ids"), Integers(item, "positions"), logits,
                1e-3 * item.GetProperty("logits_std").GetDouble(), Integers(item, "greedy"));
        })];
    }

    private static List<int> Integers(JsonElement item, string key) =>
        [.. item.GetProperty(key).EnumerateArray().Select(id => id.GetInt32())];
}
