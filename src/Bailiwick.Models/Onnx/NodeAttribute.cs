using static Bailiwick.Models.Onnx.AttributeProto.Types;

namespace Bailiwick.Models.Onnx;

/// <summary>Attributes of nodes, in the two types that the graphs here need.</summary>
internal static class NodeAttribute
{
    public static AttributeProto Of(string name, long value) =>
        new() { Name = name, I = value, Type = AttributeType.Int };

    public static AttributeProto Of(string name, float value) =>
        new() { Name = name, F = value, Type = AttributeType.Float };
}
