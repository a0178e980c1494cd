using Bailiwick.Models.Weights;

namespace Bailiwick.Models.Gguf;

/// <summary>Reads and checks the key-value section. Nothing is kept of a value but its place.</summary>
internal static class GgufMetadataReader
{
    /// <summary>An empty key (8), a type (4), a byte (1).</summary>
    public const int LeastBytes = 13;

    public static GgufMetadata Read(MappedFile file, GgufCursor cursor, int count)
    {
        cursor.Part = "metadata";
        var values = new Dictionary<string, GgufValue>(StringComparer.Ordinal);
        for (var i = 0; i < count; i++)
        {
            var key = Key(cursor);
            if (!values.TryAdd(key, Value(file, cursor, key)))
            {
                throw cursor.Refusal($"has the metadata key {Quoted.Text(key)} twice (duplicate)");
            }

            if (cursor.Position > GgufLimits.MetadataBytes)
            {
                throw cursor.Refusal($"has more than {GgufLimits.MetadataBytes} bytes of metadata");
            }
        }

        return new GgufMetadata(file.Name, values);
    }

    private static string Key(GgufCursor cursor)
    {
        var key = cursor.String("metadata key", GgufLimits.KeyBytes);
        return key.Length > 0 && key.AsSpan().IndexOfAnyExceptInRange('!', '~') < 0
            ? key
            : throw cursor.Refusal($"has a metadata key that is not printable ASCII: {Quoted.Text(key)}");
    }

    private static GgufValue Value(MappedFile file, GgufCursor cursor, string key)
    {
        var type = Type(cursor, key);
        var isArray = type is GgufValueType.Array;
        var count = 1;
        if (isArray)
        {
            type = Type(cursor, key);
            if (type is GgufValueType.Array)
            {
                // No published file has one and ggml reads none, so the depth never needs to be followed.
                throw cursor.Refusal($"has a nested array under {Quoted.Text(key)}; arrays hold no arrays");
            }

            var least = type is GgufValueType.String ? sizeof(ulong) : type.FixedSize();
            count = cursor.Count($"array elements under {Quoted.Text(key)}", GgufLimits.ArrayElements, least);
        }

        var start = cursor.Position;
        Skip(cursor, type, count, key);
        return new GgufValue(file, type, isArray, count, start, cursor.Position - start);
    }

    private static GgufValueType Type(GgufCursor cursor, string key)
    {
        var number = cursor.UInt32();
        return number <= (uint)GgufValueType.Float64
            ? (GgufValueType)number
            : throw cursor.Refusal($"has the unknown value type {number} under {Quoted.Text(key)}");
    }

    private static void Skip(GgufCursor cursor, GgufValueType type, int count, string key)
    {
        if (type is GgufValueType.String)
        {
            var what = $"string under {Quoted.Text(key)}";
            for (var i = 0; i < count; i++) cursor.StringBytes(what, GgufLimits.StringBytes);
            return;
        }

        var bytes = cursor.Take(count * type.FixedSize());
        if (type is GgufValueType.Bool && bytes.IndexOfAnyExceptInRange((byte)0, (byte)1) >= 0)
        {
            throw cursor.Refusal($"has a bool under {Quoted.Text(key)} that is neither 0 nor 1");
        }
    }
}
