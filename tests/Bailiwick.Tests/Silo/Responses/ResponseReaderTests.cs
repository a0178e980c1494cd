using System.Text;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Silo.Api.OpenAi;
using Bailiwick.Silo.Api.Responses;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Turns;

namespace Bailiwick.Tests.Silo.Responses;

public sealed class ResponseReaderTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 29, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Body_WithATextAlone_IsOneMessageAndOpenAisDefaults()
    {
        var request = Good("\"input\":\"Grüße\"");
        var turn = request.ToTurn(Now);

        Assert.Equal("""[{"content":"Grüße","role":"user"}]""", turn.Submit.Chat.MessagesJson);
        Assert.Equal(turn.Submit.Chat.MessagesJson, Encoding.UTF8.GetString(turn.Prompt.Span));
        Assert.True(turn.Submit.Chat.AddGenerationPrompt);
        Assert.Equal("2026-11-29T12:00:00Z", turn.Submit.Chat.Now);
        Assert.Equal((1f, 0, false), (turn.Submit.Sampling.Temperature, turn.Submit.MaxTokens, turn.SeedGiven));
        Assert.Equal(
            """{"instructions":null,"user":null,"safety_identifier":null,"prompt_cache_key":null,"max_output_tokens":null,"max_tool_calls":null,"metadata":{},"parallel_tool_calls":true,"previous_response_id":null,"conversation":null,"background":false,"reasoning":{"effort":null,"summary":null},"service_tier":"default","temperature":1,"top_p":1,"top_logprobs":0,"text":{"format":{"type":"text"},"verbosity":"medium"},"tool_choice":"auto","tools":[],"truncation":"disabled"}""",
            request.Echo.GetRawText());
    }

    public static TheoryData<string, string> Inputs => new()
    {
        // An answer's text and its calls are one message, as the model wrote them.
        {
            """
            [{"role":"user","content":"a"},
             {"type":"message","id":"msg_1","role":"assistant","status":"completed","content":[{"type":"output_text","text":"b","annotations":[],"logprobs":[]}]},
             {"type":"function_call","id":"fc_1","call_id":"c1","name":"f","arguments":"{}","status":"completed"},
             {"type":"function_call","call_id":"c2","name":"g","namespace":"ns","arguments":"{\"x\":1}"},
             {"type":"function_call_output","call_id":"c1","output":"r1"},
             {"type":"function_call_output","call_id":"c2","output":[{"type":"input_text","text":"r"},{"type":"input_text","text":"2"}]}]
            """,
            """[{"content":"a","role":"user"},{"content":"b","role":"assistant","tool_calls":[{"function":{"arguments":"{}","name":"f"},"id":"c1","type":"function"},{"function":{"arguments":"{\"x\":1}","name":"ns__g"},"id":"c2","type":"function"}]},{"content":"r1","role":"tool","tool_call_id":"c1"},{"content":"r\n2","role":"tool","tool_call_id":"c2"}]"""
        },
        {
            """[{"type":"function_call","call_id":"c","name":"f","arguments":"{}"},{"type":"message","role":"assistant","content":"after"}]""",
            """[{"content":"","role":"assistant","tool_calls":[{"function":{"arguments":"{}","name":"f"},"id":"c","type":"function"}]},{"content":"after","role":"assistant"}]"""
        },
        {
            """[{"role":"developer","content":"d"},{"role":"system","content":[{"type":"input_text","text":"s"},{"type":"input_text","text":"t"}]},{"role":"assistant","content":[{"type":"refusal","refusal":"no"}]}]""",
            """[{"content":"d","role":"system"},{"content":"s\nt","role":"system"},{"content":"no","role":"assistant"}]"""
        },
        {
            """[{"role":"user","content":"q"},{"type":"reasoning","id":"rs_1","summary":[],"content":[{"type":"reasoning_text","text":"hm"}]},{"role":"assistant","content":"a"},{"type":"reasoning","summary":[]},{"role":"user","content":"q2"}]""",
            """[{"content":"q","role":"user"},{"content":"a","reasoning_content":"hm","role":"assistant"},{"content":"q2","role":"user"}]"""
        },
    };

    [Theory]
    [MemberData(nameof(Inputs))]
    public void Input_OfItems_BecomesTheseMessages(string input, string messages) =>
        Assert.Equal(messages, Good($"\"input\":{input}").ToTurn(Now).Submit.Chat.MessagesJson);

    [Fact]
    public void Instructions_Always_ComeFirst() => Assert.Equal(
        """[{"content":"be brief","role":"system"},{"content":"x","role":"user"}]""",
        Good("\"instructions\":\"be brief\",\"input\":\"x\"").ToTurn(Now).Submit.Chat.MessagesJson);

    public static TheoryData<string, string> Fields => new()
    {
        { "\"max_output_tokens\":7", """{ "maxTokens": 7 }""" },
        { "\"top_logprobs\":2", """{ "topLogprobs": 2, "logprobs": true }""" },
        { "\"include\":[\"message.output_text.logprobs\"]", """{ "logprobs": true }""" },
        { "\"include\":[\"reasoning.encrypted_content\"]", "{ }" },
        { "\"text\":{\"format\":{\"type\":\"text\"},\"verbosity\":\"medium\"}", "{ }" },
        { "\"text\":{\"format\":{\"type\":\"json_object\"}}", """{ "grammar": { "jsonSchema": "{\"type\":\"object\"}" } }""" },
        { "\"text\":{\"format\":{\"type\":\"json_schema\",\"name\":\"n\",\"strict\":true,\"schema\":{\"type\":\"null\"}}}", """{ "grammar": { "jsonSchema": "{\"type\":\"null\"}" } }""" },
        { "\"stop\":\"a\"", """{ "stop": [ "a" ] }""" },
        { "\"reasoning\":{\"effort\":\"high\",\"summary\":\"auto\"},\"prompt_cache_key\":\"k\",\"client_metadata\":{\"a\":\"b\"},\"service_tier\":\"flex\",\"never_heard_of\":[1]", "{ }" },
        { "\"truncation\":\"disabled\",\"context_management\":[],\"max_tool_calls\":3,\"tools\":[],\"tool_choice\":\"auto\"", "{ }" },
    };

    [Theory]
    [MemberData(nameof(Fields))]
    public void Body_WithAField_SaysSoToTheDecoder(string field, string expected)
    {
        var submit = Good("\"input\":\"x\"," + field).Submit;
        submit.Sampling = null;
        Assert.Equal(expected, submit.ToString());
    }

    [Fact]
    public void Tools_OfAnyForm_AreToldInTheFormOfTemplates()
    {
        var request = Good(
            """
            "input":"x","parallel_tool_calls":false,"tools":[
              {"type":"function","name":"f","description":"d","parameters":{"type":"object"},"strict":true},
              {"type":"namespace","name":"ns","tools":[{"type":"function","name":"g","parameters":null}]},
              {"type":"web_search","external_web_access":false}]
            """);

        Assert.Equal(
            """
            [{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"}}},{"type":"function","function":{"name":"ns__g","parameters":{"type":"object","properties":{}}}}]
            """.TrimEnd(),
            request.ToTurn(Now).Submit.Chat.ToolsJson);
        Assert.Equal(new Tools { Choice = Tools.Types.Choice.Auto, Strict = { "f" } }, request.ToTurn(Now).Submit.Tools);
        // The record commits to the functions too: they change the answer.
        Assert.Contains("ns__g", Encoding.UTF8.GetString(request.ToTurn(Now).Prompt.Span), StringComparison.Ordinal);
        Assert.Equal(new CallName("ns", "g"), request.Options.NameOf("ns__g"));
        // What the model was not told of, the response does not repeat.
        Assert.Equal(["function", "namespace"], request.Echo.GetProperty("tools").EnumerateArray().Select(tool => tool.GetProperty("type").GetString()));
    }

    [Theory]
    [InlineData("\"required\"", Tools.Types.Choice.Required, "", 2)]
    [InlineData("{\"type\":\"function\",\"name\":\"g\"}", Tools.Types.Choice.Named, "g", 2)]
    [InlineData("{\"type\":\"allowed_tools\",\"mode\":\"required\",\"tools\":[{\"type\":\"function\",\"name\":\"g\"}]}", Tools.Types.Choice.Required, "", 1)]
    public void ToolChoice_OfAnyForm_IsRead(string choice, Tools.Types.Choice expected, string name, int told)
    {
        var request = Good("\"input\":\"x\",\"tools\":[{\"type\":\"function\",\"name\":\"f\"},{\"type\":\"function\",\"name\":\"g\"}],\"tool_choice\":" + choice);
        var submit = request.ToTurn(Now).Submit;
        Assert.Equal(new Tools { Choice = expected, Name = name, Parallel = true }, submit.Tools);
        Assert.Equal(told, System.Text.Json.JsonDocument.Parse(submit.Chat.ToolsJson).RootElement.GetArrayLength());
    }

    [Fact]
    public void ToolChoice_None_TellsTheModelOfNoFunction()
    {
        var request = Good("\"input\":\"x\",\"tools\":[{\"type\":\"function\",\"name\":\"f\"}],\"tool_choice\":\"none\"");
        var submit = request.ToTurn(Now).Submit;
        Assert.Null(submit.Tools);
        Assert.Equal("", submit.Chat.ToolsJson);
        Assert.Equal(1, request.Echo.GetProperty("tools").GetArrayLength());
    }

    [Fact]
    public void Keeping_OfWhatIsAsked_IsSaidToTheTurn()
    {
        var request = Good("\"input\":\"x\",\"instructions\":\"i\",\"previous_response_id\":\"resp_1\",\"store\":true,\"background\":true") with { KeptAs = "resp_2" };
        var keep = request.ToTurn(Now).Keep!;

        Assert.Equal(("resp_1", null, true, "resp_2"), (keep.Previous, keep.Conversation, keep.Store, keep.Id));
        Assert.Equal("""[{"content":"i","role":"system"}]""", Encoding.UTF8.GetString(keep.Lead.Span));
        Assert.Equal("""[{"content":"x","role":"user"}]""", Encoding.UTF8.GetString(keep.Messages.Span));
        Assert.Contains("previous_response_id", Encoding.UTF8.GetString(keep.Request.Span), StringComparison.Ordinal);
        Assert.Equal((true, true), (request.IsBackground, request.Store));
        Assert.Null(Good("\"input\":\"x\"").ToTurn(Now).Keep);
        Assert.Equal("conv_1", Good("\"input\":\"x\",\"conversation\":{\"id\":\"conv_1\"}").Conversation);
        Assert.Equal("conv_1", Good("\"input\":\"x\",\"conversation\":\"conv_1\"").Conversation);
    }

    [Theory]
    [InlineData("resp_1", "resp_1", true)]
    [InlineData("turn_1", "resp_0", false)]
    [InlineData(null, "resp_0", false)]
    public void Response_OfARequestSentAgain_HasTheIdOfTheFirst(string? kept, string id, bool isStored)
    {
        // Its own sending would have been kept under another id.
        var head = (Good("\"input\":\"x\"") with { KeptAs = "resp_2" }).HeadOf(new TurnStarted("t-0", "m", "b", 1, 1, Now) { Kept = kept });
        Assert.Equal((id, isStored), (head.Id, head.IsStored));
    }

    [Theory]
    [InlineData("\"input\":\"x\",\"tools\":{}", "tools")]
    [InlineData("\"input\":\"x\",\"tools\":[1]", "tools[0]")]
    [InlineData("\"input\":\"x\",\"tools\":[{\"type\":\"function\"}]", "tools[0].name")]
    [InlineData("\"input\":\"x\",\"tools\":[{\"type\":\"function\",\"name\":\"a b\"}]", "tools[0].name")]
    [InlineData("\"input\":\"x\",\"tool_choice\":\"none\",\"tools\":[{\"type\":\"function\",\"name\":\"a b\"}]", "tools[0].name")]
    [InlineData("\"input\":\"x\",\"tool_choice\":\"none\",\"tools\":[{\"type\":\"function\",\"name\":\"f\",\"parameters\":{\"type\":\"array\"}}]", "tools[0].parameters")]
    [InlineData("\"input\":\"x\",\"tools\":[{\"type\":\"function\",\"name\":\"f\"},{\"type\":\"function\",\"name\":\"g\",\"parameters\":[]}],\"tool_choice\":{\"type\":\"allowed_tools\",\"mode\":\"auto\",\"tools\":[{\"type\":\"function\",\"name\":\"f\"}]}", "tools[1].parameters")]
    [InlineData("\"input\":\"x\",\"tools\":[{\"type\":\"function\",\"name\":\"f\"},{\"type\":\"function\",\"name\":\"f\"}]", "tools[1].name")]
    [InlineData("\"input\":\"x\",\"tools\":[{\"type\":\"function\",\"name\":\"f\",\"parameters\":[]}]", "tools[0].parameters")]
    [InlineData("\"input\":\"x\",\"tools\":[{\"type\":\"function\",\"name\":\"f\",\"strict\":1}]", "tools[0].strict")]
    [InlineData("\"input\":\"x\",\"tools\":[{\"type\":\"namespace\",\"name\":\"n\",\"tools\":[{\"type\":\"function\"}]}]", "tools[0].tools[0].name")]
    [InlineData("\"input\":\"x\",\"tool_choice\":\"required\"", "tool_choice")]
    [InlineData("\"input\":\"x\",\"tool_choice\":\"maybe\"", "tool_choice")]
    [InlineData("\"input\":\"x\",\"tool_choice\":7", "tool_choice")]
    [InlineData("\"input\":\"x\",\"tool_choice\":{\"type\":\"function\",\"name\":\"f\"}", "tool_choice.name")]
    [InlineData("\"input\":\"x\",\"tool_choice\":{\"type\":\"allowed_tools\",\"mode\":\"auto\",\"tools\":[]}", "tool_choice.tools")]
    [InlineData("\"input\":\"x\",\"store\":1", "store")]
    [InlineData("\"input\":\"x\",\"background\":true,\"store\":false", "background")]
    [InlineData("\"input\":\"x\",\"previous_response_id\":7", "previous_response_id")]
    [InlineData("\"input\":\"x\",\"previous_response_id\":\"resp_1\",\"conversation\":\"conv_1\"", "previous_response_id")]
    [InlineData("\"input\":\"x\",\"conversation\":{}", "conversation.id")]
    [InlineData("", "input")]
    [InlineData("\"input\":[]", "input")]
    [InlineData("\"input\":7", "input")]
    [InlineData("\"input\":[7]", "input[0]")]
    [InlineData("\"input\":[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"tool\",\"content\":\"a\"}]", "input[1].role")]
    [InlineData("\"input\":[{\"role\":\"user\"}]", "input[0].content")]
    [InlineData("\"input\":[{\"role\":\"user\",\"content\":[7]}]", "input[0].content[0]")]
    [InlineData("\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_text\"}]}]", "input[0].content[0].text")]
    [InlineData("\"input\":[{\"role\":\"user\",\"content\":[{\"text\":\"x\"}]}]", "input[0].content[0].type")]
    [InlineData("\"input\":[{\"role\":\"user\",\"content\":\"x\",\"id\":\"\"}]", "input[0].id")]
    [InlineData("\"input\":[{\"role\":\"user\",\"content\":\"x\",\"id\":7}]", "input[0].id")]
    [InlineData("\"input\":[{\"type\":7}]", "input[0].type")]
    [InlineData("\"input\":[{\"type\":\"function_call\",\"name\":\"f\",\"arguments\":\"{}\"}]", "input[0].call_id")]
    [InlineData("\"input\":[{\"type\":\"function_call\",\"call_id\":\"c\",\"name\":\"f\",\"arguments\":{}}]", "input[0].arguments")]
    [InlineData("\"input\":[{\"type\":\"function_call_output\",\"call_id\":\"c\"}]", "input[0].output")]
    [InlineData("\"input\":[{\"type\":\"item_reference\"}]", "input[0].id")]
    [InlineData("\"input\":\"x\",\"instructions\":[]", "instructions")]
    [InlineData("\"input\":\"x\",\"max_output_tokens\":0", "max_output_tokens")]
    [InlineData("\"input\":\"x\",\"max_output_tokens\":\"7\"", "max_output_tokens")]
    [InlineData("\"input\":\"x\",\"temperature\":3", "temperature")]
    [InlineData("\"input\":\"x\",\"top_logprobs\":21", "top_logprobs")]
    [InlineData("\"input\":\"x\",\"include\":\"all\"", "include")]
    [InlineData("\"input\":\"x\",\"include\":[1]", "include")]
    [InlineData("\"input\":\"x\",\"metadata\":[]", "metadata")]
    [InlineData("\"input\":\"x\",\"metadata\":{\"a\":1}", "metadata")]
    [InlineData("\"input\":\"x\",\"stream\":\"yes\"", "stream")]
    [InlineData("\"input\":\"x\",\"parallel_tool_calls\":1", "parallel_tool_calls")]
    [InlineData("\"input\":\"x\",\"text\":\"json\"", "text")]
    [InlineData("\"input\":\"x\",\"text\":{\"format\":{}}", "text.format.type")]
    [InlineData("\"input\":\"x\",\"text\":{\"format\":{\"type\":\"json_schema\",\"name\":\"n\"}}", "text.format.schema")]
    [InlineData("\"input\":\"x\",\"text\":{\"format\":{\"type\":\"json_object\"}},\"guided_regex\":\"a\"", "guided_regex")]
    [InlineData("\"input\":\"x\",\"messages\":[]", "messages")]
    [InlineData("\"input\":\"x\",\"max_tokens\":5", "max_tokens")]
    [InlineData("\"input\":\"x\",\"response_format\":{}", "response_format")]
    [InlineData("\"input\":\"x\",\"bailiwick\":{\"lable\":{}}", "bailiwick")]
    [InlineData("\"input\":\"x\",\"bailiwick\":{\"conversation\":\"conv_1\"}", "bailiwick.conversation")]
    public void Body_WithAWrongField_IsInvalidAndNamesIt(string fields, string named) => AssertRefused(Read(fields), "invalid", named);

    [Theory]
    [InlineData("\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_image\",\"image_url\":\"data:\"}]}]", "input[0].content[0].type")]
    [InlineData("\"input\":[{\"type\":\"web_search_call\",\"id\":\"ws_1\"}]", "input[0].type")]
    [InlineData("\"input\":[{}]", "input[0].type")]
    [InlineData("\"input\":[{\"type\":\"reasoning\",\"summary\":[],\"encrypted_content\":\"gAAA\"}]", "input[0].encrypted_content")]
    [InlineData("\"input\":\"x\",\"truncation\":\"auto\"", "truncation")]
    [InlineData("\"input\":\"x\",\"prompt\":{\"id\":\"pmpt_1\"}", "prompt")]
    [InlineData("\"input\":\"x\",\"context_management\":[{\"type\":\"compaction\"}]", "context_management")]
    [InlineData("\"input\":\"x\",\"moderation\":{}", "moderation")]
    [InlineData("\"input\":\"x\",\"text\":{\"verbosity\":\"low\"}", "text.verbosity")]
    [InlineData("\"input\":\"x\",\"text\":{\"format\":{\"type\":\"xml\"}}", "text.format.type")]
    [InlineData("\"input\":\"x\",\"tools\":[{\"type\":\"file_search\"}]", "tools[0].type")]
    [InlineData("\"input\":\"x\",\"tools\":[{\"type\":\"custom\",\"name\":\"c\"}]", "tools[0].type")]
    [InlineData("\"input\":\"x\",\"tool_choice\":{\"type\":\"web_search\"}", "tool_choice.type")]
    [InlineData("\"input\":\"x\",\"n\":2", "n")]
    public void Body_ThatAsksForWhatIsNotServed_IsRefusedNotIgnored(string fields, string named) => AssertRefused(Read(fields), "capability", named);

    [Theory]
    [InlineData(17, 1, 1)]
    [InlineData(1, 65, 1)]
    [InlineData(1, 1, 513)]
    public void Metadata_BeyondOpenAisBounds_IsInvalid(int pairs, int key, int value)
    {
        var metadata = string.Join(',', Enumerable.Range(0, pairs).Select(i => $"\"{i.ToString("x", null).PadLeft(key, 'k')}\":\"{new string('v', value)}\""));
        AssertRefused(Read("\"input\":\"x\",\"metadata\":{" + metadata + "}"), "invalid", "metadata");
    }

    [Fact]
    public void Input_OfMoreItemsThanAllowed_IsInvalid()
    {
        var items = string.Join(',', Enumerable.Repeat("""{"role":"user","content":"x"}""", InputReader.Most + 1));
        AssertRefused(Read("\"input\":[" + items + "]"), "invalid", "input");
    }

    private static ResponseRequest Good(string fields)
    {
        var (request, refusal) = Read(fields);
        Assert.True(refusal is null, refusal?.Sentence);
        return request!;
    }

    private static (ResponseRequest? Request, Refusal? Refusal) Read(string fields)
    {
        var body = fields.Length == 0 ? "{\"model\":\"m\"}" : "{\"model\":\"m\"," + fields + "}";
        var (document, fault) = RequestJson.Read(Encoding.UTF8.GetBytes(body));
        Assert.Null(fault);
        using (document)
        {
            return ResponseReader.Read(document!.RootElement);
        }
    }

    private static void AssertRefused((ResponseRequest? Request, Refusal? Refusal) read, string code, string named)
    {
        Assert.Null(read.Request);
        Assert.Equal((code, named), (read.Refusal!.Row.Code, read.Refusal.Field));
        Assert.StartsWith(named, read.Refusal.Sentence, StringComparison.Ordinal);
    }
}
