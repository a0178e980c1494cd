using System.Text;
using System.Text.Json;
using Bailiwick.Silo.Api.OpenAi;

namespace Bailiwick.Tests.Silo.OpenAi;

public sealed class RequestMessagesTests
{
    [Theory]
    [InlineData("""[{"role":"developer","content":"a"}]""", """[{"content":"a","role":"system"}]""")]
    [InlineData("""[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}]""", """[{"content":"a\nb","role":"user"}]""")]
    [InlineData("""[{"role":"user","name":"eva","content":"ü\u0000"}]""", """[{"content":"ü\u0000","name":"eva","role":"user"}]""")]
    [InlineData("""[{"role":"assistant","content":"a","refusal":null,"annotations":[],"audio":null,"tool_calls":[]}]""", """[{"content":"a","role":"assistant"}]""")]
    [InlineData("""[{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]}]""",
        """[{"content":"","role":"assistant","tool_calls":[{"function":{"arguments":"{}","name":"f"},"id":"c","type":"function"}]}]""")]
    [InlineData("""[{"role":"tool","tool_call_id":"c","content":"7"}]""", """[{"content":"7","role":"tool","tool_call_id":"c"}]""")]
    [InlineData("""[{"role":"assistant","reasoning_content":"hm","content":"a"}]""", """[{"content":"a","reasoning_content":"hm","role":"assistant"}]""")]
    public void Messages_OfEveryKind_BecomeCanonical(string messages, string expected)
    {
        var (canonical, fault) = Read(messages);
        Assert.Null(fault);
        Assert.Equal(expected, canonical);
    }

    [Theory]
    [InlineData("[]", "messages")]
    [InlineData("{}", "messages")]
    [InlineData("[7]", "messages[0]")]
    [InlineData("""[{"role":"user","content":"a"},{"content":"b"}]""", "messages[1].role")]
    [InlineData("""[{"role":"robot","content":"a"}]""", "messages[0].role")]
    [InlineData("""[{"role":"user"}]""", "messages[0].content")]
    [InlineData("""[{"role":"assistant","content":null}]""", "messages[0].content")]
    [InlineData("""[{"role":"user","content":7}]""", "messages[0].content")]
    [InlineData("""[{"role":"user","content":[7]}]""", "messages[0].content[0]")]
    [InlineData("""[{"role":"user","content":[{"type":"text"}]}]""", "messages[0].content[0].text")]
    [InlineData("""[{"role":"user","content":"a","name":7}]""", "messages[0].name")]
    [InlineData("""[{"role":"tool","content":"a"}]""", "messages[0].tool_call_id")]
    [InlineData("""[{"role":"user","content":"a","tool_calls":[{}]}]""", "messages[0].tool_calls")]
    [InlineData("""[{"role":"assistant","tool_calls":[{"id":"a"}]}]""", "messages[0].tool_calls[0]")]
    [InlineData("""[{"role":"assistant","tool_calls":[{"id":"a","function":{"name":"f x","arguments":"{}"}}]}]""", "messages[0].tool_calls[0].function.name")]
    [InlineData("""[{"role":"assistant","tool_calls":[{"id":"a","function":{"name":"f","arguments":{}}}]}]""", "messages[0].tool_calls[0].function.arguments")]
    public void Messages_ThatAreWrong_AreInvalidAndNamed(string messages, string field)
    {
        var (_, fault) = Read(messages);
        Assert.Equal(("invalid", field), (fault!.Row.Code, fault.Field));
    }

    [Theory]
    [InlineData("""[{"role":"user","content":[{"type":"text","text":"a"},{"type":"image_url","image_url":{"url":"x"}}]}]""", "messages[0].content[1]")]
    [InlineData("""[{"role":"assistant","content":"a","function_call":{}}]""", "messages[0].function_call")]
    public void Messages_BeyondText_AreRefused(string messages, string field)
    {
        var (_, fault) = Read(messages);
        Assert.Equal(("capability", field), (fault!.Row.Code, fault.Field));
    }

    [Theory]
    [InlineData(RequestMessages.Most, false)]
    [InlineData(RequestMessages.Most + 1, true)]
    public void Messages_ByNumber_AreBounded(int count, bool refused)
    {
        var messages = "[" + string.Join(',', Enumerable.Repeat("""{"role":"user","content":""}""", count)) + "]";
        Assert.Equal(refused, Read(messages).Fault is not null);
    }

    private static (string Canonical, Bailiwick.Silo.Hosting.Refusal? Fault) Read(string messages)
    {
        using var document = JsonDocument.Parse($$"""{"messages":{{messages}}}""");
        var fields = new RequestFields(document.RootElement);
        return (Encoding.UTF8.GetString(RequestMessages.Read(fields)), fields.Fault);
    }
}
