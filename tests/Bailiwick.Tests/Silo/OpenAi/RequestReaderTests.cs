using System.Text;
using System.Text.Json;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Silo.Api.OpenAi;
using Bailiwick.Silo.Hosting;
using Microsoft.Extensions.Time.Testing;

namespace Bailiwick.Tests.Silo.OpenAi;

public sealed class RequestReaderTests
{
    private const string Messages = """[{"role":"user","content":"hello"}]""";

    private static readonly DateTimeOffset Now = new(2026, 11, 24, 20, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Chat_WithNothingButMessages_TakesOpenAisDefaults()
    {
        var request = Chat("");
        var submit = request.Turn.Submit;

        Assert.Equal("m", request.Turn.Model);
        Assert.Equal("""[{"content":"hello","role":"user"}]""", submit.Chat.MessagesJson);
        Assert.Equal(submit.Chat.MessagesJson, Encoding.UTF8.GetString(request.Turn.Prompt.Span));
        Assert.True(submit.Chat.AddGenerationPrompt);
        Assert.Equal(Now, DateTimeOffset.Parse(submit.Chat.Now, System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(new Sampling { Temperature = 1, TopP = 1, RepetitionPenalty = 1 }, submit.Sampling);
        Assert.Equal((0, false, 0, null), (submit.MaxTokens, submit.Logprobs, submit.TopLogprobs, submit.Grammar));
        Assert.Null(request.Turn.Raise);
        Assert.False(request.Turn.SeedGiven || request.IsStream || request.WithUsage);
    }

    public static TheoryData<string, string> Fields => new()
    {
        { "\"max_tokens\":7", """{ "maxTokens": 7 }""" },
        { "\"max_completion_tokens\":7", """{ "maxTokens": 7 }""" },
        { "\"max_tokens\":7,\"max_completion_tokens\":7.0", """{ "maxTokens": 7 }""" },
        { "\"stop\":\"a\"", """{ "stop": [ "a" ] }""" },
        { "\"stop\":[\"a\",\"b\"]", """{ "stop": [ "a", "b" ] }""" },
        { "\"stop\":null", "{ }" },
        { "\"logprobs\":true,\"top_logprobs\":20", """{ "topLogprobs": 20, "logprobs": true }""" },
        { "\"response_format\":{\"type\":\"text\"}", "{ }" },
        { "\"response_format\":{\"type\":\"json_object\"}", """{ "grammar": { "jsonSchema": "{\"type\":\"object\"}" } }""" },
        { "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"n\",\"schema\":{\"type\":\"null\"}}}", """{ "grammar": { "jsonSchema": "{\"type\":\"null\"}" } }""" },
        { "\"guided_json\":\"{}\"", """{ "grammar": { "jsonSchema": "{}" } }""" },
        { "\"guided_regex\":\"a+\"", """{ "grammar": { "regex": "a+" } }""" },
        { "\"structured_outputs\":{\"json\":{},\"regex\":null}", """{ "grammar": { "jsonSchema": "{}" } }""" },
        { "\"structured_outputs\":{\"regex\":\"b\"}", """{ "grammar": { "regex": "b" } }""" },
        { "\"temperature\":0", """{ "sampling": { "topP": 1, "repetitionPenalty": 1 } }""" },
        { "\"temperature\":0.5,\"top_p\":0.25,\"top_k\":4,\"min_p\":0.125", """{ "sampling": { "temperature": 0.5, "topK": 4, "topP": 0.25, "minP": 0.125, "repetitionPenalty": 1 } }""" },
        { "\"top_k\":-1", "{ }" },
        { "\"repetition_penalty\":1.5,\"frequency_penalty\":-2,\"presence_penalty\":2", """{ "sampling": { "temperature": 1, "topP": 1, "repetitionPenalty": 1.5, "frequencyPenalty": -2, "presencePenalty": 2 } }""" },
        { "\"seed\":9007199254740991", """{ "sampling": { "seed": "9007199254740991", "temperature": 1, "topP": 1, "repetitionPenalty": 1 } }""" },
        { "\"logit_bias\":{\"5\":-100}", """{ "sampling": { "temperature": 1, "topP": 1, "repetitionPenalty": 1, "logitBias": { "5": -100 } } }""" },
        { "\"store\":true,\"metadata\":{\"a\":1},\"user\":\"u\",\"service_tier\":\"auto\",\"parallel_tool_calls\":true,\"prediction\":{},\"never_heard_of\":[1]", "{ }" },
        { "\"n\":1,\"tools\":[],\"tool_choice\":\"auto\",\"modalities\":[\"text\"],\"logit_bias\":{},\"min_tokens\":0,\"verbosity\":\"medium\",\"reasoning_effort\":\"none\"", "{ }" },
        { "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}],\"tool_choice\":\"none\"", "{ }" },
        { "\"n\":null,\"audio\":null,\"tools\":null,\"functions\":null,\"response_format\":null,\"stream\":null,\"seed\":null,\"bailiwick\":null", "{ }" },
    };

    [Theory]
    [MemberData(nameof(Fields))]
    public void Chat_WithAField_SaysSoToTheDecoder(string field, string expected)
    {
        var submit = Chat(field).Turn.Submit;
        submit.Chat = null;
        if (submit.Sampling.Equals(new Sampling { Temperature = 1, TopP = 1, RepetitionPenalty = 1 }))
        {
            submit.Sampling = null;
        }

        Assert.Equal(expected, submit.ToString());
    }

    [Theory]
    [InlineData("\"seed\":0", true, false, false)]
    [InlineData("\"stream\":true", false, true, false)]
    [InlineData("\"stream\":true,\"stream_options\":{\"include_usage\":true,\"include_obfuscation\":false}", false, true, true)]
    [InlineData("\"stream_options\":{\"include_usage\":true}", false, false, false)]
    public void Chat_AboutItsAnswer_IsRead(string field, bool seedGiven, bool isStream, bool withUsage)
    {
        var request = Chat(field);
        Assert.Equal((seedGiven, isStream, withUsage), (request.Turn.SeedGiven, request.IsStream, request.WithUsage));
    }

    [Theory]
    [InlineData("\"max_tokens\":0", "max_tokens")]
    [InlineData("\"max_tokens\":1.5", "max_tokens")]
    [InlineData("\"max_tokens\":\"7\"", "max_tokens")]
    [InlineData("\"max_tokens\":99999999999", "max_tokens")]
    [InlineData("\"max_tokens\":7,\"max_completion_tokens\":8", "max_tokens")]
    [InlineData("\"temperature\":\"hot\"", "temperature")]
    [InlineData("\"temperature\":1e99", "temperature")]
    [InlineData("\"temperature\":2.5", "temperature")]
    [InlineData("\"min_p\":1", "min_p")]
    [InlineData("\"presence_penalty\":-3", "presence_penalty")]
    [InlineData("\"stop\":[\"a\",\"\"]", "stop")]
    [InlineData("\"logit_bias\":{\"7\":101}", "logit_bias")]
    [InlineData("\"top_p\":1.5", "top_p")]
    [InlineData("\"top_p\":0", "top_p")]
    [InlineData("\"repetition_penalty\":0", "repetition_penalty")]
    [InlineData("\"top_k\":-2", "top_k")]
    [InlineData("\"seed\":-1", "seed")]
    [InlineData("\"seed\":9007199254740992", "seed")]
    [InlineData("\"top_logprobs\":2", "top_logprobs")]
    [InlineData("\"logprobs\":true,\"top_logprobs\":21", "top_logprobs")]
    [InlineData("\"logprobs\":3", "logprobs")]
    [InlineData("\"stop\":[1]", "stop")]
    [InlineData("\"stop\":7", "stop")]
    [InlineData("\"logit_bias\":{\"a\":1}", "logit_bias")]
    [InlineData("\"logit_bias\":{\"7\":1,\"07\":1}", "logit_bias")]
    [InlineData("\"logit_bias\":[]", "logit_bias")]
    [InlineData("\"stream\":\"yes\"", "stream")]
    [InlineData("\"stream_options\":{\"include_usage\":1}", "stream_options.include_usage")]
    [InlineData("\"stream_options\":[]", "stream_options")]
    [InlineData("\"response_format\":\"json\"", "response_format")]
    [InlineData("\"response_format\":{}", "response_format.type")]
    [InlineData("\"response_format\":{\"type\":\"json_schema\"}", "response_format.json_schema")]
    [InlineData("\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"n\"}}", "response_format.json_schema.schema")]
    [InlineData("\"guided_json\":1", "guided_json")]
    [InlineData("\"guided_json\":{},\"guided_regex\":\"a\"", "guided_regex")]
    [InlineData("\"tools\":1", "tools")]
    [InlineData("\"tools\":[1]", "tools[0]")]
    [InlineData("\"tools\":[{\"type\":\"function\"}]", "tools[0].function")]
    [InlineData("\"tools\":[{\"type\":\"function\",\"function\":{}}]", "tools[0].function.name")]
    [InlineData("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"a b\"}}]", "tools[0].function.name")]
    [InlineData("\"tool_choice\":\"none\",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"a b\"}}]", "tools[0].function.name")]
    [InlineData("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}},{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]", "tools[1].function.name")]
    [InlineData("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":[]}}]", "tools[0].function.parameters")]
    [InlineData("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":{\"type\":\"string\"}}}]", "tools[0].function.parameters")]
    [InlineData("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}],\"tool_choice\":\"must\"", "tool_choice")]
    [InlineData("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}],\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"g\"}}", "tool_choice")]
    [InlineData("\"tool_choice\":\"required\"", "tool_choice")]
    [InlineData("\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"g\"}}", "tool_choice")]
    [InlineData("\"bailiwick\":{\"lable\":{}}", "bailiwick")]
    [InlineData("\"bailiwick\":{\"label\":\"x\"}", "bailiwick.label")]
    public void Chat_WithAWrongField_IsInvalidAndNamesIt(string field, string named) => AssertRefused(ReadChat(field), "invalid", named);

    [Theory]
    [InlineData("""{"type":"object","properties":{"a":{},"b":{"type":"objekt"}}}""", "#/properties/{1}/type")]
    [InlineData("""{"type":"object","required":["a",1]}""", "#/required")]
    [InlineData("""{"type":"object","properties":{"a":{"items":{"enum":[]}}}}""", "#/properties/{0}/items/enum")]
    [InlineData("""{"properties":{"a":{"anyOf":[{"type":"string"},7]}}}""", "#/properties/{0}/anyOf/1")]
    public void Tool_WhoseSchemaIsNone_IsInvalidAndItsPlaceIsNamed(string schema, string path)
    {
        var refused = ReadChat($"\"tools\":[{{\"type\":\"function\",\"function\":{{\"name\":\"f\",\"parameters\":{schema}}}}}]");

        AssertRefused(refused, "invalid", "tools[0].function.parameters");
        Assert.Contains($"see {path}", refused.Refusal!.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Tools_TooManyOrTooLarge_AreInvalid()
    {
        var many = string.Join(',', Enumerable.Range(0, 129).Select(i => $"{{\"type\":\"function\",\"function\":{{\"name\":\"f{i}\"}}}}"));
        AssertRefused(ReadChat($"\"tools\":[{many}]"), "invalid", "tools");
        AssertRefused(
            ReadChat($"\"tools\":[{{\"type\":\"function\",\"function\":{{\"name\":\"f\",\"description\":\"{new string('d', 140_000)}\"}}}}]"),
            "invalid", "tools[0].function.parameters");
    }

    [Theory]
    [InlineData("", "Auto", "", true)]
    [InlineData(",\"tool_choice\":\"auto\",\"parallel_tool_calls\":false", "Auto", "", false)]
    [InlineData(",\"tool_choice\":\"required\"", "Required", "", true)]
    [InlineData(",\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"g\"}}", "Named", "g", true)]
    public void Tools_OfAChat_ReachTheDecoderWithoutTheirFlags(string choice, string chosen, string name, bool parallel)
    {
        var request = Chat(
            "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"strict\":true,\"description\":\"d\",\"parameters\":{\"type\":\"object\"}}}," +
            "{\"type\":\"function\",\"function\":{\"name\":\"g\"}}]" + choice);

        var submit = request.Turn.Submit;
        Assert.Equal(
            """[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"}}},{"type":"function","function":{"name":"g","parameters":{"type":"object","properties":{}}}}]""",
            submit.Chat.ToolsJson);
        Assert.Equal((chosen, name, parallel), (submit.Tools.Choice.ToString(), submit.Tools.Name, submit.Tools.Parallel));
        Assert.Equal(["f"], submit.Tools.Strict);
        Assert.StartsWith("""{"messages":[{"content":"hello","role":"user"}],"tools":[{"function":{"description":"d","name":"f",""", Encoding.UTF8.GetString(request.Turn.Prompt.Span), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"n\":2", "n")]
    [InlineData("\"tools\":[{\"type\":\"web_search\"}]", "tools[0].type")]
    [InlineData("\"functions\":[{}]", "functions")]
    [InlineData("\"function_call\":{\"name\":\"f\"}", "function_call")]
    [InlineData("\"audio\":{}", "audio")]
    [InlineData("\"modalities\":[\"text\",\"audio\"]", "modalities")]
    [InlineData("\"reasoning_effort\":\"high\"", "reasoning_effort")]
    [InlineData("\"web_search_options\":{}", "web_search_options")]
    [InlineData("\"response_format\":{\"type\":\"xml\"}", "response_format.type")]
    [InlineData("\"structured_outputs\":{\"choice\":[\"a\"]}", "structured_outputs")]
    [InlineData("\"guided_choice\":[\"a\"]", "guided_choice")]
    [InlineData("\"stop_token_ids\":[1]", "stop_token_ids")]
    [InlineData("\"min_tokens\":1", "min_tokens")]
    [InlineData("\"ignore_eos\":true", "ignore_eos")]
    [InlineData("\"skip_special_tokens\":false", "skip_special_tokens")]
    [InlineData("\"prompt_logprobs\":0", "prompt_logprobs")]
    [InlineData("\"chat_template\":\"x\"", "chat_template")]
    [InlineData("\"continue_final_message\":true", "continue_final_message")]
    public void Chat_ThatAsksForWhatIsNotServed_IsRefusedNotIgnored(string field, string named) =>
        AssertRefused(ReadChat(field), "capability", named);

    [Fact]
    public void Chat_WithALabel_RaisesItAsNamed()
    {
        var raise = Chat("\"bailiwick\":{\"label\":{\"purpose\":\"care\",\"class\":7,\"colour\":\"red\"}}").Turn.Raise!;

        Assert.Equal(("care", null, "red"), (raise.Fields["purpose"], raise.Fields["class"], raise.Fields["colour"]));
    }

    [Fact]
    public void Model_MissingOrTooLong_IsInvalid()
    {
        AssertRefused(Read("{\"messages\":" + Messages + "}"), "invalid", "model");
        AssertRefused(Read("{\"model\":\"\",\"messages\":" + Messages + "}"), "invalid", "model");
        AssertRefused(Read("{\"model\":\"" + new string('m', 257) + "\",\"messages\":" + Messages + "}"), "invalid", "model");
    }

    [Theory]
    [InlineData("\"prompt\":\"Grüße\"")]
    [InlineData("\"prompt\":[\"Grüße\"],\"suffix\":null,\"echo\":false,\"best_of\":1")]
    public void Completion_WithOneText_IsThatText(string fields)
    {
        var request = Completion(fields).Request!.Turn;
        Assert.Equal("Grüße", request.Submit.Text);
        Assert.Equal("Grüße"u8.ToArray(), request.Prompt.ToArray());
    }

    [Theory]
    [InlineData("\"prompt\":\"x\",\"logprobs\":0", true, 0)]
    [InlineData("\"prompt\":\"x\",\"logprobs\":5", true, 5)]
    [InlineData("\"prompt\":\"x\"", false, 0)]
    public void Completion_WithLogprobs_CountsAlternatives(string fields, bool logprobs, int alternatives)
    {
        var submit = Completion(fields).Request!.Turn.Submit;
        Assert.Equal((logprobs, alternatives), (submit.Logprobs, submit.TopLogprobs));
    }

    [Theory]
    [InlineData("", "invalid", "prompt")]
    [InlineData("\"prompt\":[]", "invalid", "prompt")]
    [InlineData("\"prompt\":[1,2]", "capability", "prompt")]
    [InlineData("\"prompt\":[\"a\",\"b\"]", "capability", "prompt")]
    [InlineData("\"prompt\":\"x\",\"suffix\":\"y\"", "capability", "suffix")]
    [InlineData("\"prompt\":\"x\",\"echo\":true", "capability", "echo")]
    [InlineData("\"prompt\":\"x\",\"best_of\":2", "capability", "best_of")]
    public void Completion_ThatCannotBeServed_NamesTheField(string fields, string code, string named) =>
        AssertRefused(Completion(fields), code, named);

    private static DoorRequest Chat(string fields)
    {
        var (request, refusal) = ReadChat(fields);
        Assert.Null(refusal);
        return request!;
    }

    private static (DoorRequest? Request, Refusal? Refusal) ReadChat(string fields) =>
        Read($$"""{"model":"m","messages":{{Messages}}{{(fields.Length == 0 ? "" : ",")}}{{fields}}}""");

    private static (DoorRequest? Request, Refusal? Refusal) Read(string body)
    {
        using var document = JsonDocument.Parse(body);
        return new RequestReader(new FakeTimeProvider(Now)).Chat(document.RootElement);
    }

    private static (DoorRequest? Request, Refusal? Refusal) Completion(string fields)
    {
        using var document = JsonDocument.Parse($$"""{"model":"m"{{(fields.Length == 0 ? "" : ",")}}{{fields}}}""");
        return RequestReader.Completion(document.RootElement);
    }

    private static void AssertRefused((DoorRequest? Request, Refusal? Refusal) read, string code, string named)
    {
        Assert.Null(read.Request);
        Assert.Equal((code, named), (read.Refusal!.Row.Code, read.Refusal.Field));
        Assert.StartsWith(named, read.Refusal.Sentence, StringComparison.Ordinal);
        Assert.EndsWith(".", read.Refusal.Sentence, StringComparison.Ordinal);
    }
}
