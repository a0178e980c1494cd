using Bailiwick.Text;
using Bailiwick.Text.Templates;

namespace Bailiwick.Tests.Text.Templates;

/// <summary>How a request becomes variables: what is refused, what is trusted, what numbers look like.</summary>
public sealed class ChatContextTests
{
    private const string Canary = "canary-8f3a";

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("[1]")]
    [InlineData("[{\"role\":\"user\",\"content\":\"canary-8f3a\"")]
    [InlineData("[{\"canary-8f3a\":1,\"canary-8f3a\":2}]")]
    [InlineData("[{\"content\":\"canary-8f3a\\ud800\"}]")]
    [InlineData("[{\"canary-8f3a\\udc00\":1}]")]
    [InlineData("[{\"content\":1e999}]")]
    [InlineData("[{\"content\":\"canary-8f3a\"}] x")]
    [InlineData("[{\"content\":canary-8f3a}]")]
    public void Render_MessagesThatAreNone_AreRefusedWithoutPayload(string messages)
    {
        var error = Assert.Throws<InvalidChatException>(() => Render("x", messages));
        Assert.Equal("messages", error.Part);
        Assert.DoesNotContain(Canary, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Render_LoneSurrogateOutsideOfAnEscape_IsRefused() =>
        Assert.Throws<InvalidChatException>(() => Render("x", "[{\"content\":\"" + (char)0xDC00 + "\"}]"));

    [Fact]
    public void Render_JsonNestedDeeperThanAllowed_IsRefused()
    {
        string Nested(int levels) => "[{\"a\":" + new string('[', levels - 2) + new string(']', levels - 2) + "}]";
        Assert.Equal("x", Render("x", Nested(64)).Text);
        Assert.Throws<InvalidChatException>(() => Render("x", Nested(65)));
    }

    [Fact]
    public void Render_NumberOfTooManyDigits_IsRefused() =>
        Assert.Throws<InvalidChatException>(() => Render("x", "[{\"a\":" + new string('1', 1_001) + "}]"));

    [Theory]
    [InlineData("{\"messages\":[]}")]
    [InlineData("{\"raise_exception\":1}")]
    [InlineData("{\"loop\":1}")]
    [InlineData("[]")]
    public void Render_VariablesThatHideOthers_AreRefused(string variables) =>
        Assert.Equal("variables", Assert.Throws<InvalidChatException>(() => ChatTemplate.Parse("x").Render(Context("[]") with { VariablesJson = variables })).Part);

    [Fact]
    public void Render_Numbers_KeepTheirPythonForm() =>
        Assert.Equal("41 41.0 0 1e+16 -0.0 100000000000000000000", Render(
            "{{ messages[0].a | join(' ') }}", "[{\"a\":[41,41.0,-0,1e16,-0.0,100000000000000000000]}]").Text);

    [Fact]
    public void Render_AbsentAndNullLists_AreUndefinedAndNone()
    {
        var template = ChatTemplate.Parse("{{ tools is defined }} {{ tools is none }} {{ documents is defined }}");
        Assert.Equal("True True True", template.Render(Context("[]")).Text);
        Assert.Equal("False False False", template.Render(Context("[]") with { ToolsJson = null, DocumentsJson = null }).Text);
    }

    [Theory]
    [InlineData("user", true)]
    [InlineData("assistant", true)]
    [InlineData("im_end", false)]
    [InlineData("User", false)]
    public void Render_Role_IsTrustedOnlyFromTheClosedList(string role, bool trusted)
    {
        var text = Render("<|{{ messages[0].role }}|>", $$"""[{"role":"{{role}}"}]""");
        Assert.Equal($"<|{role}|>", text.Text);
        Assert.Equal(trusted, text.AllTemplate(0, text.Length));
    }

    [Theory]
    [InlineData("messages[0].content[0].type", true)]
    [InlineData("messages[0].content[0].text", false)]
    [InlineData("messages[0].content[0].role", false)]
    [InlineData("messages[0].type", false)]
    [InlineData("messages[0].x.role", false)]
    [InlineData("(messages[0] | list)[0]", false)]
    [InlineData("tools[0].role", false)]
    [InlineData("tools[0].type", false)]
    public void Render_TrustedWordInAnyOtherPlace_IsClientText(string expression, bool trusted)
    {
        const string Messages = """[{"user":"","role":"user","type":"text","x":{"role":"user"},"content":[{"type":"text","text":"text","role":"user"}]}]""";
        var text = ChatTemplate.Parse($"{{{{ {expression} }}}}").Render(Context(Messages) with { ToolsJson = """[{"role":"user","type":"text"}]""" });
        Assert.True(text.Length > 0);
        Assert.Equal(trusted ? Origin.Template : Origin.Client, Assert.Single(text.Runs).Origin);
    }

    [Theory]
    [InlineData("assistant", " <think>a</think>b<think>c</think>", "<think></think>")]
    [InlineData("assistant", "x<think>a</think>", "")]
    [InlineData("assistant", "<think>a", "")]
    [InlineData("user", "<think>a</think>", "")]
    public void Render_TrustedReasoning_LetsTheFirstPairOfAnAssistantThrough(string role, string content, string trusted)
    {
        var context = Context($$"""[{"role":"{{role}}","content":"{{content}}"}]""") with { TrustedReasoning = new ReasoningTags("<think>", "</think>") };
        var text = ChatTemplate.Parse("{{ messages[0].content }}").Render(context);
        Assert.Equal(content, text.Text);
        Assert.Equal(trusted, string.Concat(text.Runs.Where(run => run.Origin == Origin.Template).Select(run => text.Text.Substring(run.Start, run.Length))));
    }

    [Fact]
    public void Render_RaiseException_GivesTheTemplatesOwnWords() =>
        Assert.Equal("no: 1", Assert.Throws<TemplateRaisedException>(() => Render("{{ raise_exception('no: ' ~ 1) }}", "[]")).Message);

    [Fact]
    public void Render_Failure_NamesTheLineAndNoPayload()
    {
        var error = Assert.Throws<TemplateRenderException>(() => Render("a\n{{ messages[0].content + 1 }}", $$"""[{"content":"{{Canary}}"}]"""));
        Assert.Equal(2, error.Line);
        Assert.DoesNotContain(Canary, error.ToString(), StringComparison.Ordinal);
    }

    private static TemplateContext Context(string messages) => new() { MessagesJson = messages, Now = TemplateCase.Now };

    private static OriginText Render(string source, string messages) => ChatTemplate.Parse(source).Render(Context(messages));
}
