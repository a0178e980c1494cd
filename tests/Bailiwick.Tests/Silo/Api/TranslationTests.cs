using System.Text;
using Bailiwick.Protocol;
using Bailiwick.Protocol.Inference.V1;
using Bailiwick.Silo.Api.Grpc;
using Bailiwick.Silo.Turns;

namespace Bailiwick.Tests.Silo.Api;

/// <summary>What the gRPC door makes of a request.</summary>
public sealed class TranslationTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 24, 12, 30, 15, 250, TimeSpan.Zero);

    public static TheoryData<string, Settings> OutOfRange => new()
    {
        { "settings.temperature", new() { Temperature = -0.1f } },
        { "settings.temperature", new() { Temperature = 2.1f } },
        { "settings.temperature", new() { Temperature = float.NaN } },
        { "settings.top_p", new() { TopP = 0 } },
        { "settings.top_p", new() { TopP = 1.1f } },
        { "settings.min_p", new() { MinP = 1 } },
        { "settings.min_p", new() { MinP = -0.1f } },
        { "settings.top_k", new() { TopK = -1 } },
        { "settings.repetition_penalty", new() { RepetitionPenalty = 0 } },
        { "settings.repetition_penalty", new() { RepetitionPenalty = 10.5f } },
        { "settings.frequency_penalty", new() { FrequencyPenalty = 2.5f } },
        { "settings.presence_penalty", new() { PresencePenalty = float.NegativeInfinity } },
        { "settings.logit_bias", new() { LogitBias = { [1] = 101 } } },
        { "settings.logit_bias", new() { LogitBias = { [-1] = 1 } } },
        { "settings.logit_bias", new() { LogitBias = { [1] = float.NaN } } },
        { "settings.seed", new() { Seed = 1UL << 53 } },
        { "settings.max_tokens", new() { MaxTokens = 0 } },
        { "settings.top_logprobs", new() { Logprobs = true, TopLogprobs = 21 } },
        { "settings.top_logprobs", new() { TopLogprobs = 1 } },
        { "settings.stop", new() { Stop = { Enumerable.Repeat("x", 17) } } },
        { "settings.stop", new() { Stop = { "" } } },
        { "settings.stop", new() { Stop = { new string('x', 257) } } },
        { "settings.grammar", new() { Grammar = new() } },
        { "settings.grammar", new() { Grammar = new() { Regex = "" } } },
    };

    public static TheoryData<Settings> AtTheEdge =>
    [
        new() { Temperature = 0 }, new() { Temperature = 2 }, new() { TopP = 1 }, new() { MinP = 0 }, new() { TopK = 0 },
        new() { RepetitionPenalty = 10 }, new() { FrequencyPenalty = -2, PresencePenalty = 2 }, new() { LogitBias = { [0] = -100, [1] = 100 } },
        new() { Seed = (1UL << 53) - 1 }, new() { MaxTokens = 1 }, new() { Logprobs = true, TopLogprobs = 20 },
        new() { Stop = { Enumerable.Repeat(new string('x', 256), 16) } }, new() { Grammar = new() { Lark = "start: \"a\"" } },
    ];

    [Fact]
    public void Instructions_OfAChat_ComeFirstAndAreNotKept()
    {
        var request = Question(null);
        request.Instructions = "Be brief.";
        request.Conversation = "conv_1";

        var (turn, refusal) = Translation.Of(request, Now, null);

        Assert.Null(refusal);
        const string First = """[{"content":"Be brief.","role":"system"}""";
        Assert.StartsWith(First + ",{", turn!.Submit.Chat.MessagesJson, StringComparison.Ordinal);
        Assert.Equal(Bailiwick.Protocol.Receipts.CanonicalJson.OfRequest(request), turn.Prompt.ToArray());
        Assert.Equal(First + "]", System.Text.Encoding.UTF8.GetString(turn.Keep!.Lead.Span));
        Assert.DoesNotContain("system", System.Text.Encoding.UTF8.GetString(turn.Keep.Messages.Span), StringComparison.Ordinal);
    }

    [Fact]
    public void Tools_OfAChat_ReachTheDecoderAndTheCommitment()
    {
        var request = Question(null);
        request.Tools.Add(new Tool { Name = "f", Description = "d", ParametersJson = """{"type":"object"}""", Strict = true });
        request.ToolChoice = new ToolChoice { Name = "f" };
        request.Messages.Add(new Message { Role = "assistant", ToolCalls = { new ToolCall { Id = "c", Name = "f", ArgumentsJson = "{}" } } });
        request.Messages.Add(new Message { Role = "tool", ToolCallId = "c", Content = "r" });

        var (turn, refusal) = Translation.Of(request, Now, null);

        Assert.Null(refusal);
        Assert.Equal(
            """[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"}}}]""", turn!.Submit.Chat.ToolsJson);
        Assert.Equal(("Named", "f", "f"), (turn.Submit.Tools.Choice.ToString(), turn.Submit.Tools.Name, turn.Submit.Tools.Strict.Single()));
        Assert.EndsWith(
            """{"content":"","role":"assistant","tool_calls":[{"function":{"arguments":"{}","name":"f"},"id":"c","type":"function"}]},{"content":"r","role":"tool","tool_call_id":"c"}]""",
            turn.Submit.Chat.MessagesJson, StringComparison.Ordinal);
        Assert.Equal(Bailiwick.Protocol.Receipts.CanonicalJson.OfRequest(request), turn.Prompt.ToArray());
    }

    public static TheoryData<string, ChatRequest> WrongTools => new()
    {
        { "tools[0].name", new() { Tools = { new Tool() } } },
        { "tools[0].name", new() { Tools = { new Tool() }, ToolChoice = new() { Mode = ToolMode.None } } },
        { "tools[1].name", new() { Tools = { new Tool { Name = "f" }, new Tool { Name = "f" } } } },
        { "tools[0].parameters_json", new() { Tools = { new Tool { Name = "f", ParametersJson = "{" } } } },
        { "tools[0].parameters_json", new() { Tools = { new Tool { Name = "f", ParametersJson = "{\"type\":\"array\"}" } } } },
        { "tool_choice", new() { ToolChoice = new() { Mode = ToolMode.Required } } },
        { "tool_choice", new() { Tools = { new Tool { Name = "f" } }, ToolChoice = new() { Name = "g" } } },
        { "messages[1].tool_call_id", new() { Messages = { new Message { Role = "tool" } } } },
        { "messages[1].tool_calls", new() { Messages = { new Message { Role = "user", ToolCalls = { new ToolCall { Name = "f" } } } } } },
        { "messages[1].tool_calls[0].name", new() { Messages = { new Message { Role = "assistant", ToolCalls = { new ToolCall { Name = "f g" } } } } } },
    };

    [Theory]
    [MemberData(nameof(WrongTools))]
    public void Tools_ThatAreWrong_AreInvalidByName(string field, ChatRequest more)
    {
        var request = Question(null);
        request.MergeFrom(more);

        var (turn, refusal) = Translation.Of(request, Now, null);

        Assert.Null(turn);
        Assert.Equal((Errors.Invalid, field), (refusal!.Row, refusal.Field));
    }

    [Theory]
    [MemberData(nameof(OutOfRange))]
    public void Settings_OutOfRange_AreInvalidByName(string field, Settings settings)
    {
        var (turn, refusal) = Translation.Of(Question(settings), Now, null);

        Assert.Null(turn);
        Assert.Equal((Errors.Invalid, field), (refusal!.Row, refusal.Field));
        Assert.StartsWith($"The field {field} ", refusal.Sentence, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(AtTheEdge))]
    public void Settings_AtTheEdgeOfTheirRange_AreTaken(Settings settings) =>
        Assert.NotNull(Translation.Of(Question(settings), Now, null).Turn);

    [Fact]
    public void Settings_Absent_AreTheProtocolsDefaults()
    {
        var turn = Turn(Question(null));

        var sampling = turn.Submit.Sampling;
        Assert.Equal((1f, 1f, 1f), (sampling.Temperature, sampling.TopP, sampling.RepetitionPenalty));
        Assert.Equal((0, 0f, 0f, 0f), (sampling.TopK, sampling.MinP, sampling.FrequencyPenalty, sampling.PresencePenalty));
        Assert.Equal((0, 0L, false), (turn.Submit.MaxTokens, turn.Submit.DeadlineMs, turn.SeedGiven));
        Assert.Null(turn.Submit.Grammar);
        Assert.Null(turn.Raise);
    }

    [Fact]
    public void Settings_Given_ArriveAsTheyAre()
    {
        var turn = Turn(Question(new()
        {
            Temperature = 0, TopK = 3, TopP = 0.5f, MinP = 0.25f, RepetitionPenalty = 2, FrequencyPenalty = -1, PresencePenalty = 1,
            LogitBias = { [7] = -3 }, Seed = 11, MaxTokens = 9, Stop = { "end" }, Logprobs = true, TopLogprobs = 2,
            Grammar = new() { JsonSchema = "{}" },
        }));

        Assert.Equal(
            new Bailiwick.Protocol.Decoder.V1.Sampling
            {
                Temperature = 0, TopK = 3, TopP = 0.5f, MinP = 0.25f, RepetitionPenalty = 2, FrequencyPenalty = -1, PresencePenalty = 1,
                LogitBias = { [7] = -3 }, Seed = 11,
            },
            turn.Submit.Sampling);
        Assert.Equal((9, true, 2, "{}"), (turn.Submit.MaxTokens, turn.Submit.Logprobs, turn.Submit.TopLogprobs, turn.Submit.Grammar.JsonSchema));
        Assert.Equal(["end"], turn.Submit.Stop);
        Assert.True(turn.SeedGiven);
    }

    [Fact]
    public void Chat_Messages_AreTheBytesThatTheRecordCommitsTo()
    {
        var request = Question(null);
        request.Messages.Add(new Message { Role = "assistant", Content = "a\n\"ü\"\u0001" });

        var turn = Turn(request);

        const string Expected = """[{"content":"Hello?","role":"user"},{"content":"a\n\"ü\"\u0001","role":"assistant"}]""";
        Assert.Equal(Expected, turn.Submit.Chat.MessagesJson);
        Assert.Equal(Expected, Encoding.UTF8.GetString(turn.Prompt.Span));
        Assert.True(turn.Submit.Chat.AddGenerationPrompt);
        Assert.Equal("2026-11-24T12:30:15Z", turn.Submit.Chat.Now);
    }

    [Fact]
    public void Generate_Prompt_IsClientText()
    {
        var (turn, _) = Translation.Of(new GenerateRequest { Model = "tiny", Prompt = "Über" }, Now, null);

        Assert.Equal("Über", turn!.Submit.Text);
        Assert.Equal("Über"u8.ToArray(), turn.Prompt.ToArray());
    }

    [Theory]
    [InlineData(0.0, 1)]
    [InlineData(0.4, 1)]
    [InlineData(1500.2, 1501)]
    public void Deadline_OfTheCall_IsRoundedUpAndAtLeastOne(double milliseconds, long expected) =>
        Assert.Equal(expected, Translation.Of(Question(null), Now, Now.AddMilliseconds(milliseconds)).Turn!.Submit.DeadlineMs);

    [Fact]
    public void Label_OfARequest_RaisesOnlyWhatItNames()
    {
        var request = Question(null);
        request.Label = new Label { Class = "internal" };

        Assert.Equal(new Dictionary<string, string?> { ["class"] = "internal" }, Turn(request).Raise!.Fields);
        Assert.Null(Translation.Raise(new Label()));
    }

    [Fact]
    public void Resume_WithTheSeed_ForcesItsTokens()
    {
        var request = Question(new() { Seed = 5 });
        request.Resume = new Resume { Turn = "t-1", Token = { 3, 4 } };

        Assert.Equal([3, 4], Turn(request).Submit.Emitted);
    }

    [Fact]
    public void Resume_WithoutTheSeed_IsInvalidUnlessGreedy()
    {
        var request = Question(null);
        request.Resume = new Resume { Turn = "t-1", Token = { 3 } };
        Assert.Equal("settings.seed", Translation.Of(request, Now, null).Refusal!.Field);

        request.Settings = new() { Temperature = 0 };
        Assert.Equal([3], Turn(request).Submit.Emitted);

        request.Resume.Token.Add(-1);
        Assert.Equal("resume.token", Translation.Of(request, Now, null).Refusal!.Field);
    }

    [Theory]
    [InlineData("", "user", "x", "model")]
    [InlineData("tiny", "robot", "x", "messages[0].role")]
    [InlineData("tiny", "", "x", "messages[0].role")]
    public void Chat_ThatNoDecoderShouldSee_IsInvalidByName(string model, string role, string content, string field)
    {
        var request = new ChatRequest { Model = model, Messages = { new Message { Role = role, Content = content } } };

        Assert.Equal(field, Translation.Of(request, Now, null).Refusal!.Field);
    }

    [Fact]
    public void Chat_WithTooManyMessages_IsInvalid()
    {
        var request = Question(null);
        request.Messages.Add(Enumerable.Repeat(request.Messages[0], Translation.MostMessages));

        Assert.Equal("messages", Translation.Of(request, Now, null).Refusal!.Field);
    }

    [Fact]
    public void Chat_WithAWholeSurrogatePair_IsText() => Assert.Null(Translation.TextFault("a😀b", "x"));

    /// <summary>Numbers, since an attribute cannot hold such a text.</summary>
    [Theory]
    [InlineData("0061 d800 0062")]
    [InlineData("0061 dc00")]
    [InlineData("d83d")]
    [InlineData("de00 d83d")]
    public void Text_WithHalfOfASurrogatePair_IsInvalidByName(string units)
    {
        var text = string.Concat(units.Split(' ').Select(unit => (char)Convert.ToUInt16(unit, 16)));
        var request = Question(null);
        request.Messages[0].Content = text;

        Assert.Equal("messages[0].content", Translation.Of(request, Now, null).Refusal!.Field);
        Assert.Equal("prompt", Translation.Of(new GenerateRequest { Model = "tiny", Prompt = text }, Now, null).Refusal!.Field);
    }

    [Fact]
    public void Generate_WithoutText_IsInvalid() =>
        Assert.Equal("prompt", Translation.Of(new GenerateRequest { Model = "tiny" }, Now, null).Refusal!.Field);

    private static ChatRequest Question(Settings? settings) =>
        new() { Model = "tiny", Settings = settings, Messages = { new Message { Role = "user", Content = "Hello?" } } };

    private static TurnRequest Turn(ChatRequest request)
    {
        var (turn, refusal) = Translation.Of(request, Now, null);
        Assert.Null(refusal);
        return turn!;
    }
}
