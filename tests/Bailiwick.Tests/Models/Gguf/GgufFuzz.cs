using Bailiwick.Models.Gguf;
using Bailiwick.Models.Weights;

namespace Bailiwick.Tests.Models.Gguf;

/// <summary>Fuzz target of the GGUF reader, for the seeded run of the suite and for SharpFuzz
/// (<c>Fuzzer.LibFuzzer.Run(GgufFuzz.Run)</c>).</summary>
public static class GgufFuzz
{
    /// <summary>Reads everything that a file offers; anything thrown is a bug.</summary>
    public static void Run(ReadOnlySpan<byte> data) => Accepts(data.ToArray());

    /// <summary>Whether the file was read; false where it was refused.</summary>
    internal static bool Accepts(byte[] data)
    {
        try
        {
            using var file = GgufFile.FromBytes("fuzz.gguf", data);
            foreach (var tensor in file.Tensors.Values) TouchRows(tensor);
            foreach (var (key, value) in file.Metadata.Values) TouchValue(file.Metadata, key, value);
            return true;
        }
        catch (BadModelException)
        {
            return false;
        }
    }

    private static void TouchRows(WeightTensor tensor)
    {
        Assert.Equal(tensor.RowBytes, tensor.Rows(0, 1).Length);
        Assert.Equal(tensor.RowBytes, tensor.Rows(tensor.RowCount - 1, 1).Length);
    }

    private static void TouchValue(GgufMetadata metadata, string key, GgufValue value) => _ = (value.Type, value.IsArray) switch
    {
        (GgufValueType.String, false) => metadata.GetString(key).Length,
        (GgufValueType.String, true) => metadata.GetStrings(key).Count,
        (GgufValueType.Bool, false) => metadata.FindBool(key) is null ? 0 : 1,
        (GgufValueType.Bool, true) => metadata.FindBools(key)!.Count,
        (GgufValueType.Float32 or GgufValueType.Float64, false) => float.Sign(float.IsNaN(metadata.GetFloat(key)) ? 0 : 1),
        (GgufValueType.Float32 or GgufValueType.Float64, true) => metadata.GetFloats(key).Count,
        (_, false) => metadata.GetUInt32(key) > 0 ? 1 : 0,
        (_, true) => metadata.GetInt32s(key).Count,
    };
}
