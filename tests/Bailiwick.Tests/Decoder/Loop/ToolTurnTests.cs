using System.Text.Json;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Tests.Text.ToolCalls;
using Bailiwick.Text.ToolCalls;
using Reason = Bailiwick.Protocol.Decoder.V1.Finished.Types.Reason;
using V1 = Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Tests.Decoder.Loop;

/// <summary>Calls of functions by the default model, which has no form of its own for them: a grammar leads it.</summary>
[Trait("Category", "Guided")]
[Collection(EngineTests.Name)]
public sealed class ToolTurnTests(EngineFixture fixture)
{
    private const string Functions = """
        [{"type":"function","function":{"name":"get_weather","description":"Weather of a city","parameters":{"type":"object",
        "properties":{"city":{"type":"string","enum":["Paris","Berlin","Rome"]},"days":{"type":"integer","minimum":1,"maximum":7}},
        "required":["city","days"],"additionalProperties":false}}},
        {"type":"function","function":{"name":"now","parameters":{"type":"object","properties":{},"additionalProperties":false}}}]
        """;

    [Fact]
    public async Task Calls_Required_AreOfTheFunctionsAndNoText()
    {
        var logs = await fixture.Host.RunAllAsync(Enumerable.Range(1, 4).Select(seed => Ask(Tools.Types.Choice.Required, (ulong)seed)));

        Assert.All(logs, log =>
        {
            Assert.Equal((Reason.ToolCalls, ""), (log.Finished.Reason, log.Text));
            Assert.All(Calls(log), AssertValid);
            Assert.Single(Calls(log));
        });
    }

    [Fact]
    public async Task Call_OfTheNamedFunction_IsThatOne()
    {
        var submit = Ask(Tools.Types.Choice.Named, 1);
        submit.Tools.Name = "now";

        var log = await fixture.Host.RunAsync(submit);

        Assert.Equal([("now", "{}")], Calls(log));
    }

    [Fact]
    public async Task Calls_InParallel_EndThemselves()
    {
        var submit = Ask(Tools.Types.Choice.Required, 3);
        (submit.Tools.Parallel, submit.MaxTokens) = (true, 700);

        var log = await fixture.Host.RunAsync(submit);

        Assert.Equal(Reason.ToolCalls, log.Finished.Reason);
        Assert.All(Calls(log), AssertValid);
    }

    [Fact]
    public async Task Answer_ResumedInTheMiddle_MissesAndRepeatsNoPiece()
    {
        var undisturbed = await fixture.Host.RunAsync(Ask(Tools.Types.Choice.Required, 5));
        var ids = undisturbed.Ids.ToArray();
        int[] places = [.. Enumerable.Range(1, ids.Length).Where(at => at % 5 == 0 || at == ids.Length)];
        var resumed = await fixture.Host.RunAllAsync(places.Select(at =>
        {
            var submit = Ask(Tools.Types.Choice.Required, 5);
            submit.Emitted.Add(ids[..at]);
            return submit;
        }));

        foreach (var (at, log) in places.Zip(resumed))
        {
            Assert.Equal(undisturbed.Tokens.Skip(at).Select(token => (token.Id, token.Text, token.Call)), log.Tokens.Select(token => (token.Id, token.Text, token.Call)));
            Assert.Equal((undisturbed.Finished.Reason, ids.Length), (log.Finished.Reason, log.Finished.AnswerTokens));
        }
    }

    [Fact]
    public async Task Call_CutByTheLength_SaysLengthAndKeepsWhatCame()
    {
        var whole = await fixture.Host.RunAsync(Ask(Tools.Types.Choice.Required, 5));
        var submit = Ask(Tools.Types.Choice.Required, 5);
        submit.MaxTokens = whole.Finished.AnswerTokens - 3;

        var cut = await fixture.Host.RunAsync(submit);

        Assert.Equal(Reason.Length, cut.Finished.Reason);
        Assert.StartsWith(Assert.Single(Calls(cut)).Arguments, Assert.Single(Calls(whole)).Arguments, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answer_LeftToTheModel_IsTextOrValidCalls()
    {
        var logs = await fixture.Host.RunAllAsync(Enumerable.Range(1, 4).Select(seed => Ask(Tools.Types.Choice.Auto, (ulong)seed)));

        Assert.All(logs, log => Assert.Equal(log.Finished.Reason == Reason.ToolCalls, Calls(log).Count > 0));
        Assert.All(logs.Where(log => log.Finished.Reason == Reason.ToolCalls).SelectMany(Calls), AssertValid);
        Assert.All(logs.Where(log => log.Finished.Reason == Reason.Stop), log => Assert.NotEqual('{', log.Text.TrimStart().FirstOrDefault()));
    }

    [Theory]
    [InlineData("choice", "tools.choice is absent")]
    [InlineData("name", "tools.name names a function")]
    [InlineData("strict", "tools.strict names a function")]
    [InlineData("none", "tools needs a chat whose tools_json")]
    [InlineData("twice", "chat.tools_json is no array of 1 to 128")]
    [InlineData("schema", "tools[0].function.parameters uses not at #/properties/{0}/not")]
    [InlineData("content", "a JSON answer and functions need")]
    public async Task Tools_ThatCannotBeKept_AreRefused(string fault, string sentence)
    {
        var submit = Ask(Tools.Types.Choice.Auto, 1);
        switch (fault)
        {
            case "choice":
                submit.Tools.Choice = Tools.Types.Choice.Unspecified;
                break;
            case "name":
                (submit.Tools.Choice, submit.Tools.Name) = (Tools.Types.Choice.Named, "other");
                break;
            case "strict":
                submit.Tools.Strict.Add("other");
                break;
            case "none":
                submit.Chat.ToolsJson = "";
                break;
            case "twice":
                submit.Chat.ToolsJson = """[{"type":"function","function":{"name":"f"}},{"type":"function","function":{"name":"f"}}]""";
                break;
            case "schema":
                submit.Chat.ToolsJson =
                    """[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{"a":{"not":{"type":"string"}}}}}}]""";
                break;
            default:
                submit.Grammar = new V1.Grammar { JsonSchema = """{"type":"object"}""" };
                break;
        }

        var log = await fixture.Host.RunAsync(submit);

        Assert.Equal(Reason.Refused, log.Finished.Reason);
        Assert.Contains(sentence, log.Finished.Problem.Sentence, StringComparison.Ordinal);
    }

    private static Submit Ask(Tools.Types.Choice choice, ulong seed)
    {
        var submit = EngineFixture.Ask("What is the weather in Berlin for the next 3 days?", 120, new V1.Sampling { Seed = seed, Temperature = 0.8f, TopP = 0.95f });
        submit.Chat.ToolsJson = Functions;
        submit.Tools = new Tools { Choice = choice };
        return submit;
    }

    private static IReadOnlyList<(string Name, string Arguments)> Calls(TurnLog log) => CallSample.Joined(
        log.Tokens.SelectMany(token => token.Call).Concat(log.Finished.Call).Select(piece => new CallPiece(piece.Index, piece.Name, piece.Arguments)));

    private static void AssertValid((string Name, string Arguments) call)
    {
        using var arguments = JsonDocument.Parse(call.Arguments);
        if (call.Name == "now")
        {
            Assert.Empty(arguments.RootElement.EnumerateObject());
            return;
        }

        Assert.Equal("get_weather", call.Name);
        Assert.Contains(arguments.RootElement.GetProperty("city").GetString(), new[] { "Paris", "Berlin", "Rome" });
        Assert.InRange(arguments.RootElement.GetProperty("days").GetInt32(), 1, 7);
    }
}
