using Bailiwick.Protocol.Audit.V1;
using Bailiwick.Protocol.Conversations.V1;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Protocol.Inference.V1;
using Bailiwick.Protocol.Operations.V1;
using Bailiwick.Protocol.Stored.V1;
using Google.Protobuf.Reflection;

namespace Bailiwick.Tests.Protocol;

/// <summary>Frames and public protos only grow: every line of a golden file must stay; new fields are appended to it.</summary>
public sealed class ProtoGoldenTests
{
    private static readonly Dictionary<string, FileDescriptor> Files = new()
    {
        ["audit.v1"] = AuditReflection.Descriptor,
        ["conversations.v1"] = ConversationsReflection.Descriptor,
        ["decoder.v1"] = DecoderReflection.Descriptor,
        ["inference.v1"] = InferenceReflection.Descriptor,
        ["operations.v1"] = OperationsReflection.Descriptor,
        ["stored.v1"] = StoredReflection.Descriptor,
    };

    [Theory]
    [InlineData("audit.v1")]
    [InlineData("conversations.v1")]
    [InlineData("decoder.v1")]
    [InlineData("inference.v1")]
    [InlineData("operations.v1")]
    [InlineData("stored.v1")]
    public void Fields_ComparedWithTheGoldenFile_AreTheSame(string name) => Assert.Equal(
        File.ReadAllLines(Repository.Fixture("golden", name + ".txt")).Order(StringComparer.Ordinal),
        Describe(Files[name]).Order(StringComparer.Ordinal));

    [Fact]
    public void Description_OneNumberChanged_Differs()
    {
        var described = Describe(DecoderReflection.Descriptor).ToList();

        Assert.NotEqual(described, described.Select(line => line.Replace("Token.id = 1", "Token.id = 2", StringComparison.Ordinal)));
    }

    private static IEnumerable<string> Describe(FileDescriptor file) => file.MessageTypes.SelectMany(Describe)
        .Concat(file.EnumTypes.SelectMany(Describe))
        .Concat(file.Services.SelectMany(service => service.Methods).Select(method =>
            $"{method.Service.Name}.{method.Name} {method.InputType.Name} {method.OutputType.Name}{(method.IsServerStreaming ? " stream" : "")}"));

    private static IEnumerable<string> Describe(MessageDescriptor message) => message.Fields.InFieldNumberOrder()
        .Select(field => $"{Name(message)}.{field.Name} = {field.FieldNumber} {TypeOf(field)}{(field.IsRepeated ? " repeated" : "")}")
        .Concat(message.NestedTypes.Where(nested => !nested.GetOptions()?.MapEntry ?? true).SelectMany(Describe))
        .Concat(message.EnumTypes.SelectMany(Describe));

    private static IEnumerable<string> Describe(EnumDescriptor type) =>
        type.Values.Select(value => $"{Name(type)}.{value.Name} = {value.Number} enum");

    private static string Name(IDescriptor type) => type.FullName[(type.File.Package.Length + 1)..];

    private static string TypeOf(FieldDescriptor field) => field.FieldType switch
    {
        FieldType.Message => field.MessageType.Name,
        FieldType.Enum => field.EnumType.Name,
        var scalar => scalar.ToString(),
    };
}
