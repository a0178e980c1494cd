using System.Text.Json;
using Bailiwick.Models.Weights;

namespace Bailiwick.Models.Safetensors;

/// <summary>One entry of the header.</summary>
/// <param name="Name">Printable ASCII that is no path.</param>
/// <param name="Type">How its elements are stored.</param>
/// <param name="Shape">Outermost dimension first; type and shape fit each other.</param>
/// <param name="Begin">First byte, counted from the end of the header.</param>
/// <param name="End">First byte behind it.</param>
internal readonly record struct SafetensorsEntry(string Name, TensorType Type, long[] Shape, long Begin, long End);

/// <summary>Reads the JSON header: names, types, shapes and places as they are written, each well-formed in itself.</summary>
internal static class SafetensorsHeader
{
    public static List<SafetensorsEntry> Read(string file, ReadOnlySpan<byte> header)
    {
        var json = new StrictJson(file, "header", header);
        json.Expect(JsonTokenType.StartObject, "the header");
        var entries = new List<SafetensorsEntry>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        while (json.NextName() is { } name)
        {
            if (!names.Add(name)) throw json.Refusal($"has the name {Quoted.Text(name)} twice (duplicate)");
            if (name == "__metadata__")
            {
                SkipMetadata(ref json);
                continue;
            }

            if (TensorName.Fault(name) is { } badName) throw json.Refusal(badName);
            entries.Add(Entry(ref json, name));
            if (entries.Count > SafetensorsLimits.Tensors)
            {
                throw json.Refusal($"has more than {SafetensorsLimits.Tensors} tensors");
            }
        }

        json.End();
        return entries;
    }

    /// <summary>The metadata is a flat map of strings and says nothing that a reader needs.</summary>
    private static void SkipMetadata(ref StrictJson json)
    {
        json.Expect(JsonTokenType.StartObject, "__metadata__");
        while (json.Next() is JsonTokenType.PropertyName) json.Expect(JsonTokenType.String, "a value of __metadata__");
    }

    private static SafetensorsEntry Entry(ref StrictJson json, string name)
    {
        var of = Quoted.Text(name);
        json.Expect(JsonTokenType.StartObject, $"tensor {of}");
        TensorType? type = null;
        long[]? shape = null;
        long[]? offsets = null;
        while (json.NextName() is { } member)
        {
            switch (member)
            {
                case "dtype" when type is null:
                    type = DType(ref json, of);
                    break;
                case "shape" when shape is null:
                    shape = Numbers(ref json, $"dimensions of tensor {of}", SafetensorsLimits.Dimensions);
                    break;
                case "data_offsets" when offsets is null:
                    offsets = Numbers(ref json, $"data_offsets of tensor {of}", 2);
                    break;
                default:
                    throw json.Refusal($"has an unknown or repeated member {Quoted.Text(member)} in tensor {of}");
            }
        }

        if (type is null || shape is null || offsets is not [var begin, var end])
        {
            throw json.Refusal($"lacks dtype, shape or two data_offsets for tensor {of}");
        }

        if (TensorShape.Fault(type.Value, shape) is { } badShape) throw json.Refusal($"says that tensor {of} {badShape}");
        if (begin > end) throw json.Refusal($"lets tensor {of} begin at {begin} after its end at {end}");
        return new SafetensorsEntry(name, type.Value, shape, begin, end);
    }

    private static long[] Numbers(ref StrictJson json, string of, int limit)
    {
        json.Expect(JsonTokenType.StartArray, of);
        var numbers = new List<long>();
        while (json.NextNumber(of) is { } number)
        {
            if (numbers.Count == limit) throw json.Refusal($"has more than {limit} {of}");
            numbers.Add(number);
        }

        return [.. numbers];
    }

    private static TensorType DType(ref StrictJson json, string of)
    {
        var dtype = json.String($"dtype of tensor {of}");
        return dtype switch
        {
            "F64" => TensorType.F64,
            "F32" => TensorType.F32,
            "F16" => TensorType.F16,
            "BF16" => TensorType.BF16,
            "I64" => TensorType.I64,
            "I32" => TensorType.I32,
            "I16" => TensorType.I16,
            "I8" => TensorType.I8,
            "U64" => TensorType.U64,
            "U32" => TensorType.U32,
            "U16" => TensorType.U16,
            "U8" => TensorType.U8,
            "BOOL" => TensorType.Bool,
            "F8_E4M3" => TensorType.F8_E4M3,
            "F8_E5M2" => TensorType.F8_E5M2,
            "F8_E8M0" => TensorType.F8_E8M0,
            "F8_E4M3FNUZ" => TensorType.F8_E4M3FNUZ,
            "F8_E5M2FNUZ" => TensorType.F8_E5M2FNUZ,
            "F6_E2M3" => TensorType.F6_E2M3,
            "F6_E3M2" => TensorType.F6_E3M2,
            "F4" => TensorType.F4,
            "C64" => TensorType.C64,
            _ => throw json.Refusal($"gives tensor {of} the unknown dtype {Quoted.Text(dtype)}"),
        };
    }
}
