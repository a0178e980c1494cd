using Bailiwick.Decoder.Simulation;
using Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Tests.Decoder;

public sealed class SimulatedCallTests
{
    private const string Tools = """[{"type":"function","function":{"name":"other"}},{"type":"function","function":{"name":"look"}}]""";

    private static readonly Dictionary<string, string> Calls = new() { ["look"] = """{"at":"it"}""" };

    [Fact]
    public void Chat_ThatOffersAFunctionOfTheProfile_IsAnsweredByItsCall()
    {
        var pieces = SimulatedCall.Of(Ask("""[{"role":"user","content":"x"}]""", Tools), Calls)!;
        Assert.Equal("look", pieces[0].Name);
        Assert.Equal("""{"at":"it"}""", string.Concat(pieces.Select(piece => piece.Arguments)));
    }

    [Theory]
    [InlineData("""[{"role":"user","content":"x"},{"role":"tool","content":"seen"}]""", Tools)]
    [InlineData("""[{"role":"user","content":"x"}]""", """[{"type":"function","function":{"name":"other"}}]""")]
    [InlineData("""[{"role":"user","content":"x"}]""", "")]
    [InlineData("[1]", "{}")]
    [InlineData("{", Tools)]
    public void Chat_WithAResultOrWithoutSuchAFunction_IsAnsweredByText(string messages, string tools) =>
        Assert.Null(SimulatedCall.Of(Ask(messages, tools), Calls));

    private static Submit Ask(string messages, string tools) => new()
    {
        Chat = new Chat { MessagesJson = messages, ToolsJson = tools },
        Tools = new Tools { Choice = Bailiwick.Protocol.Decoder.V1.Tools.Types.Choice.Auto },
    };
}
