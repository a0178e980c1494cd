using Bailiwick.Models.Weights;

namespace Bailiwick.Models.Gguf;

/// <summary>Reads the list of tensors and checks that each lies inside the data section and on no other.</summary>
internal static class GgufTensorReader
{
    /// <summary>A name of one byte (9), the number of dimensions (4), one of them (8), type (4), offset (8).</summary>
    public const int LeastBytes = 33;

    private readonly record struct Entry(string Name, TensorType Type, long[] Shape, ulong Offset);

    public static Dictionary<string, WeightTensor> Read(MappedFile file, GgufCursor cursor, int count, uint alignment)
    {
        cursor.Part = "tensor list";
        var entries = new List<Entry>();
        for (var i = 0; i < count; i++) entries.Add(ReadEntry(cursor));

        // The list fits the file, so its end rounded up cannot wrap; it may lie behind a file without tensors.
        var data = (cursor.Position + alignment - 1) / alignment * alignment;
        var tensors = new Dictionary<string, WeightTensor>(StringComparer.Ordinal);
        foreach (var entry in entries)
        {
            var tensor = Place(file, cursor, entry, data, alignment);
            if (!tensors.TryAdd(entry.Name, tensor))
            {
                throw cursor.Refusal($"has two tensors with the name {Quoted.Text(entry.Name)} (duplicate)");
            }
        }

        RefuseOverlap(cursor, entries, tensors);
        return tensors;
    }

    private static Entry ReadEntry(GgufCursor cursor)
    {
        var name = cursor.String("tensor name", GgufLimits.TensorNameBytes);
        if (TensorName.Fault(name) is { } badName) throw cursor.Refusal(badName);
        var dimensions = cursor.UInt32();
        if (dimensions is 0 or > GgufLimits.Dimensions)
        {
            throw cursor.Refusal(
                $"gives tensor {Quoted.Text(name)} {dimensions} dimensions; 1 to {GgufLimits.Dimensions} are allowed");
        }

        // The file lists the fastest dimension first.
        var shape = new long[dimensions];
        for (var i = shape.Length - 1; i >= 0; i--)
        {
            var dimension = cursor.UInt64();
            if (dimension is 0 or > TensorShape.MaxElements)
            {
                throw cursor.Refusal($"gives tensor {Quoted.Text(name)} a dimension of {dimension}; "
                    + $"1 to {TensorShape.MaxElements} are allowed");
            }

            shape[i] = (long)dimension;
        }

        var type = Type(cursor, name);
        if (TensorShape.Fault(type, shape) is { } badShape) throw cursor.Refusal($"tensor {Quoted.Text(name)} {badShape}");
        return new Entry(name, type, shape, cursor.UInt64());
    }

    private static TensorType Type(GgufCursor cursor, string name)
    {
        var number = cursor.UInt32();
        return number < (uint)TensorType.Bool && Enum.IsDefined((TensorType)number)
            ? (TensorType)number
            : throw cursor.Refusal($"gives tensor {Quoted.Text(name)} the unknown type {number}");
    }

    private static WeightTensor Place(MappedFile file, GgufCursor cursor, Entry entry, long data, uint alignment)
    {
        var name = Quoted.Text(entry.Name);
        if (entry.Offset % alignment != 0)
        {
            throw cursor.Refusal($"puts tensor {name} at offset {entry.Offset}, not a multiple of the alignment {alignment}");
        }

        // Compared as room that is left, never as a sum: the offset may be anything up to 2^64 - 1.
        if (data > file.Length || entry.Offset > (ulong)(file.Length - data))
        {
            throw cursor.Refusal($"puts tensor {name} at offset {entry.Offset}, beyond the end of the file");
        }

        var tensor = new WeightTensor(entry.Name, entry.Type, entry.Shape, file, data + (long)entry.Offset);
        var room = file.Length - data - (long)entry.Offset;
        return tensor.ByteCount <= room
            ? tensor
            : throw cursor.Refusal($"is truncated: tensor {name} needs {tensor.ByteCount} bytes and {room} are left");
    }

    private static void RefuseOverlap(GgufCursor cursor, List<Entry> entries, Dictionary<string, WeightTensor> tensors)
    {
        var end = 0L;
        var previous = "";
        foreach (var entry in entries.OrderBy(entry => entry.Offset))
        {
            if ((long)entry.Offset < end)
            {
                throw cursor.Refusal($"lets tensors {Quoted.Text(previous)} and {Quoted.Text(entry.Name)} overlap");
            }

            end = (long)entry.Offset + tensors[entry.Name].ByteCount;
            previous = entry.Name;
        }
    }
}
