using System.Text.Json;
using Bailiwick.Decoder.GenAi;
using Bailiwick.Decoder.Grammar;
using Bailiwick.Decoder.Loop;
using Bailiwick.Tests.Models;
using Bailiwick.Tests.Text.ToolCalls;
using Bailiwick.Text.ToolCalls;

namespace Bailiwick.Tests.Decoder.Grammar;

/// <summary>The grammars of calls in the engine that judges by them, with the default model's special tokens as markers.</summary>
[Trait("Category", "Guided")]
public sealed class CallGrammarTests : IAsyncLifetime
{
    private const string End = "<|im_end|>";
    private const int Marker = 4;

    private ITurnText _text = null!;
    private GrammarEngine _engine = null!;
    private int _end;

    public static TheoryData<string> Formats => [.. CallFormats.All.Where(format => format.Grammar is not null).Select(format => format.Name)];

    public async Task InitializeAsync()
    {
        var folder = GenAiFolder.Read((await TestBuilds.DefaultModelAsync()).Folder);
        _text = ModelFolderText.Load(folder.Directory);
        _end = Assert.Single(_text.EncodeRecognising(End));
        _engine = GrammarEngine.TryCreate(NativeRuntime.Load("", "").GenAi, folder.Vocabulary, _text.TokenBytes, [_end])!;
    }

    public Task DisposeAsync()
    {
        _engine.Dispose();
        return Task.CompletedTask;
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Grammar_OfAFormat_TakesWhatItsParserReadsAndNoInvalidArguments(string name)
    {
        var format = CallFormats.All.Single(other => other.Name == name);
        var words = new CallWords(format.Markers, Enumerable.Range(0, format.Markers.Count).ToDictionary(i => i, i => Marker + i));
        var lark = CallLark.Required(format.Grammar!, words, Functions(), parallel: false);

        var answer = Walk(lark, format, out var complete);

        Assert.True(complete, answer);
        var tokens = new CallSample(format, answer, "").Tokens(_ => true);
        var read = CallSample.Read(format, tokens);
        Assert.Equal(("", 1), (read.Text, read.Calls.Count));
        using var arguments = JsonDocument.Parse(read.Calls[0].Arguments);
        Assert.Equal(("get_weather", "Paris", 3), (read.Calls[0].Name, arguments.RootElement.GetProperty("city").GetString(), arguments.RootElement.GetProperty("days").GetInt32()));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Grammar_BehindItsTrigger_BindsUpToTheEndOfTheCallsAndAgain(string name)
    {
        var format = CallFormats.All.Single(other => other.Name == name);
        if (format.Grammar!.Trigger is not { } place)
        {
            Assert.True(format.Grammar.Leading is not null || format == HarmonyFormat.Instance || format == MarkedJsonFormat.CommandList || format == MarkedJsonFormat.Phi);
            return;
        }

        var words = new CallWords(format.Markers, Enumerable.Range(0, format.Markers.Count).ToDictionary(i => i, i => Marker + i));
        using var grammar = new TriggeredGrammar(
            _engine.CompileCalls(CallLark.BehindTrigger(format.Grammar, words, Functions(), parallel: false), () => { }), Marker + place);
        for (var region = 0; region < 2; region++)
        {
            Assert.All(_text.EncodePlain("Some text"), id => Assert.True(!grammar.Binds && grammar.TryAccept(id)));
            Assert.True(grammar.TryAccept(Marker + place));
            Assert.True(grammar.Binds);
            while (grammar.Binds)
            {
                Assert.True(grammar.TryAccept(Next(grammar)));
            }
        }
    }

    [Fact]
    public void Grammar_OfCallsOrText_TakesEither()
    {
        var words = new CallWords([], new Dictionary<int, int>());
        var lark = CallLark.LeadingOrText(LeadingJsonFormat.Guided.Grammar!, words, Functions(), parallel: true);

        Assert.True(Takes(lark, "Good day, {you}."));
        Assert.True(Takes(lark, " {\"name\": \"get_weather\", \"arguments\": {\"city\": \"Paris\", \"days\": 3}}"[1..]));
        Assert.False(Takes(lark, "{\"name\": \"get_weather\", \"arguments\": {\"city\": 3}}"));
        Assert.False(Takes(lark, "{\"a\""));
        Assert.False(Takes(lark, " {\"a\""));
    }

    [Fact]
    public void Schema_WithAKeywordThatIsNotSupported_IsNamedWithItsFunctionAndPath()
    {
        var words = new CallWords([], new Dictionary<int, int>());
        const string schema = """{"type":"object","properties":{"a":{"not":{"type":"string"}}}}""";
        var lark = CallLark.Required(
            LeadingJsonFormat.Guided.Grammar!, words, [new LarkFunction("f", JsonSchemaText.Prepare(schema, isSpaced: true))], parallel: false);

        var refusal = Assert.Throws<TurnRefusedException>(() => _engine.CompileCalls(lark, () =>
            _engine.CompileSchema(JsonSchemaText.Prepare(schema), "tools[1].function.parameters").Dispose()));

        Assert.Contains("tools[1].function.parameters uses not at #/properties/{0}/not", refusal.Message, StringComparison.Ordinal);
    }

    private static LarkFunction[] Functions() =>
    [
        new LarkFunction("get_weather", JsonSchemaText.Prepare(
            """{"type":"object","properties":{"city":{"const":"Paris"},"days":{"const":3}},"required":["city","days"],"additionalProperties":false}""",
            isSpaced: true)),
    ];

    /// <summary>Goes the only way that the grammar leaves, up to its end or where the end is allowed.</summary>
    private string Walk(string lark, ToolCallFormat format, out bool complete)
    {
        using var matcher = _engine.CompileCalls(lark, () => { });
        var answer = new System.Text.StringBuilder();
        for (var step = 0; step < 300 && !matcher.IsComplete; step++)
        {
            var id = Next(matcher);
            if (id == _end)
            {
                break;
            }

            Assert.True(matcher.TryAccept(id));
            answer.Append(id >= Marker && id < Marker + format.Markers.Count ? format.Markers[id - Marker] : _text.Decode([id], showControl: false));
        }

        Assert.True(matcher.TryMask(out var last) || matcher.IsComplete);
        complete = matcher.IsComplete || Bailiwick.Decoder.Sampling.TokenMask.Allows(last, _end);
        return answer.ToString();
    }

    /// <summary>The end where it is allowed, else a marker, else the longest token.</summary>
    private int Next(ITurnGrammar grammar)
    {
        Assert.True(grammar.TryMask(out var allowed));
        if (Bailiwick.Decoder.Sampling.TokenMask.Allows(allowed, _end))
        {
            return _end;
        }

        var best = -1;
        for (var id = 0; id < allowed.Length * 32; id++)
        {
            if (Bailiwick.Decoder.Sampling.TokenMask.Allows(allowed, id)
                && (best < 0 || _text.TokenBytes(id).Length > _text.TokenBytes(best).Length))
            {
                best = id;
            }
        }

        Assert.True(best >= 0, "no token is allowed");
        return best;
    }

    private bool Takes(string lark, string text)
    {
        using var matcher = _engine.CompileCalls(lark, () => { });
        return _text.EncodePlain(text).All(matcher.TryAccept)
            && matcher.TryMask(out var allowed) && Bailiwick.Decoder.Sampling.TokenMask.Allows(allowed, _end);
    }
}
