using Bailiwick.Models.Safetensors;
using Bailiwick.Models.Weights;

namespace Bailiwick.Tests.Models.Safetensors;

/// <summary>Fuzz targets of the safetensors readers, for the seeded run of the suite and for SharpFuzz
/// (<c>Fuzzer.LibFuzzer.Run(SafetensorsFuzz.Run)</c>).</summary>
public static class SafetensorsFuzz
{
    /// <summary>Reads every tensor that a file offers; anything thrown is a bug.</summary>
    public static void Run(ReadOnlySpan<byte> data) => Accepts(data.ToArray());

    /// <summary>Reads a shard index; anything thrown is a bug.</summary>
    public static void RunIndex(ReadOnlySpan<byte> data) => AcceptsIndex(data.ToArray());

    /// <summary>Whether the file was read; false where it was refused.</summary>
    internal static bool Accepts(byte[] data)
    {
        try
        {
            using var file = SafetensorsFile.FromBytes("fuzz.safetensors", data);
            foreach (var tensor in file.Tensors.Values.Where(tensor => tensor.RowCount > 0))
            {
                Assert.Equal(tensor.RowBytes, tensor.Rows(0, 1).Length);
                Assert.Equal(tensor.RowBytes, tensor.Rows(tensor.RowCount - 1, 1).Length);
            }

            return true;
        }
        catch (BadModelException)
        {
            return false;
        }
    }

    /// <summary>Whether the index was read; false where it was refused.</summary>
    internal static bool AcceptsIndex(byte[] data)
    {
        try
        {
            var shards = SafetensorsIndex.Read("fuzz.index.json", data);
            Assert.All(shards.Values, shard => Assert.Equal(Path.GetFileName(shard), shard));
            return true;
        }
        catch (BadModelException)
        {
            return false;
        }
    }
}
