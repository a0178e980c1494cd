using Bailiwick.Protocol.Decoder.V1;
using Google.Protobuf.Reflection;

namespace Bailiwick.Tests.Protocol;

/// <summary>The decoder frames only grow: every line of the golden file must stay; new fields are appended to it.</summary>
public sealed class DecoderProtoGoldenTests
{
    private static readonly string Golden = Repository.Fixture("golden", "decoder.v1.txt");

    [Fact]
    public void Fields_ComparedWithTheGoldenFile_AreTheSame() =>
        Assert.Equal(File.ReadAllLines(Golden).Order(StringComparer.Ordinal), Describe().Order(StringComparer.Ordinal));

    [Fact]
    public void Description_OneNumberChanged_Differs()
    {
        var changed = Describe().Select(line => line.Replace("Token.id = 1", "Token.id = 2", StringComparison.Ordinal));

        Assert.NotEqual(Describe(), changed);
    }

    private static IEnumerable<string> Describe()
    {
        var file = DecoderReflection.Descriptor;
        return file.MessageTypes.SelectMany(Describe).Concat(file.EnumTypes.SelectMany(Describe));
    }

    private static IEnumerable<string> Describe(MessageDescriptor message)
    {
        var name = message.FullName["bailiwick.decoder.v1.".Length..];
        return message.Fields.InFieldNumberOrder()
            .Select(field => $"{name}.{field.Name} = {field.FieldNumber} {TypeOf(field)}{(field.IsRepeated ? " repeated" : "")}")
            .Concat(message.NestedTypes.Where(nested => !nested.GetOptions()?.MapEntry ?? true).SelectMany(Describe))
            .Concat(message.EnumTypes.SelectMany(Describe));
    }

    private static IEnumerable<string> Describe(EnumDescriptor type) =>
        type.Values.Select(value => $"{type.FullName["bailiwick.decoder.v1.".Length..]}.{value.Name} = {value.Number} enum");

    private static string TypeOf(FieldDescriptor field) => field.FieldType switch
    {
        FieldType.Message => field.MessageType.Name,
        FieldType.Enum => field.EnumType.Name,
        var scalar => scalar.ToString(),
    };
}
