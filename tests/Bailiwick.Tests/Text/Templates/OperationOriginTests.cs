using Bailiwick.Text;
using Bailiwick.Text.Templates;

namespace Bailiwick.Tests.Text.Templates;

/// <summary>Each operation keeps the origin of each character. Client text stands in braces: <c>{...}</c>.</summary>
[Trait("Category", "Forgery")]
public sealed class OperationOriginTests
{
    private const string Messages = """[{"role":"user","content":" xY-z ","n":41,"f":1.5,"q":"a\"'\n","m":{"k":"v"},"l":["p","q"],"w":"ß"}]""";

    [Theory]
    [InlineData("'a' + c + 'b'", "a{ xY-z }b")]
    [InlineData("'a' ~ c ~ 1", "a{ xY-z }1")]
    [InlineData("c | trim", "{xY-z}")]
    [InlineData("('<' + c + '>').strip(' <')", "{xY-z }>")]
    [InlineData("('<' + c)[:3]", "<{ x}")]
    [InlineData("('<' + c)[::-1]", "{ z-Yx }<")]
    [InlineData("('<' + c)[1]", "{ }")]
    [InlineData("c.split('-') | join('|')", "{ xY}|{z }")]
    [InlineData("'a|b'.split('|') | join(c)", "a{ xY-z }b")]
    [InlineData("c.partition('-') | join", "{ xY}-{z }")]
    [InlineData("c.replace('-', '+')", "{ xY}+{z }")]
    [InlineData("'a-b'.replace('-', c)", "a{ xY-z }b")]
    [InlineData("('-' + c) | replace('z', '')", "-{ xY- }")]
    [InlineData("('a' + c) | upper", "A{ XY-Z }")]
    [InlineData("('a' + w).upper()", "A{SS}")]
    [InlineData("('a' + c) | title", "A{ Xy-Z }")]
    [InlineData("('a' + c) | capitalize", "A{ xy-z }")]
    [InlineData("('a\n' + c) | indent(2)", "a\n  { xY-z }")]
    [InlineData("'[%s|%5s|%d]' % (c, 'r', n)", "[{ xY-z }|    r|{41}]")]
    [InlineData("'%s' | format(c)", "{ xY-z }")]
    [InlineData("'%.2f' % f", "{1.50}")]
    [InlineData("c | center(10)", "  { xY-z }  ")]
    [InlineData("c | tojson", "\"{ xY-z }\"")]
    [InlineData("q | tojson", "\"{a\\\"'\\n}\"")]
    [InlineData("m | tojson", "{\"\\{k\\}\": \"\\{v\\}\"\\}")]
    [InlineData("[q, 'a']", "['{a\"\\'\\n}', 'a']")]
    [InlineData("c | safe", "{ xY-z }")]
    [InlineData("c | string", "{ xY-z }")]
    [InlineData("m | items | first | join('=')", "{k}={v}")]
    [InlineData("m | dictsort | first | first", "{k}")]
    [InlineData("m.keys() | list | first", "{k}")]
    [InlineData("dict(**m).keys() | first", "{k}")]
    [InlineData("l | map('upper') | join('-')", "{P}-{Q}")]
    [InlineData("l | reverse | join", "{qp}")]
    [InlineData("l | sort(reverse=true) | first", "{q}")]
    [InlineData("c | list | last", "{ }")]
    [InlineData("c * 2", "{ xY-z  xY-z }")]
    [InlineData("n ~ (n + 1) ~ 7", "{4142}7")]
    [InlineData("c | length", "{6}")]
    [InlineData("c.find('Y')", "{2}")]
    [InlineData("'41' | int + n", "{82}")]
    [InlineData("l | length", "2")]
    [InlineData("'y' if c else 'n'", "y")]
    [InlineData("nope | default(c)", "{ xY-z }")]
    [InlineData("(c | trim).splitlines() | first", "{xY-z}")]
    [InlineData("c.zfill(8)", "00{ xY-z }")]
    [InlineData("strftime_now('%Y')", "2026")]
    [InlineData("strftime_now('%Y' + c)", "{2026 xY-z }")]
    [InlineData("role", "user")]
    public void Render_Operation_KeepsOrigins(string expression, string marked) =>
        Assert.Equal(Unescape(marked), Mark(Render($"{{{{ {expression} }}}}")));

    [Theory]
    [InlineData("{% set x %}<{{ c }}>{% endset %}{{ x }}", "<{ xY-z }>")]
    [InlineData("{% filter upper %}a{{ c }}{% endfilter %}", "A{ XY-Z }")]
    [InlineData("{% macro m(a) %}<{{ a }}>{% endmacro %}{{ m(c) | upper }}", "<{ XY-Z }>")]
    [InlineData("{% macro m() %}<{{ caller() }}>{% endmacro %}{% call m() %}a{{ c }}{% endcall %}", "<a{ xY-z }>")]
    [InlineData("{% macro m() %}{% for k in kwargs %}{{ k }}{% endfor %}{% endmacro %}{{ m(**m0) }}{{ m(z=1) }}", "{k}z")]
    [InlineData("{% set ns = namespace(x='') %}{% for ch in c %}{% set ns.x = ns.x + ch + '.' %}{% endfor %}{{ ns.x }}", "{ }.{x}.{Y}.{-}.{z}.{ }.")]
    public void Render_Block_KeepsOrigins(string source, string marked) => Assert.Equal(marked, Mark(Render(source)));

    private static OriginText Render(string source)
    {
        const string Names = "{%- set x0 = messages[0] -%}{%- set c = x0.content -%}{%- set role = x0.role -%}{%- set n = x0.n -%}{%- set f = x0.f -%}" +
            "{%- set q = x0.q -%}{%- set m0 = x0.m -%}{%- set l = x0.l -%}{%- set w = x0.w -%}";
        var bound = source.Contains("macro m", StringComparison.Ordinal) ? Names : Names + "{%- set m = m0 -%}";
        return ChatTemplate.Parse(bound + source).Render(new TemplateContext { MessagesJson = Messages, Now = TemplateCase.Now });
    }

    private static string Mark(OriginText text) => string.Concat(text.Runs.Select(run =>
    {
        var stretch = text.Text.Substring(run.Start, run.Length);
        return run.Origin == Origin.Client ? $"{{{stretch}}}" : stretch;
    }));

    private static string Unescape(string marked) => marked.Replace("\\{", "{", StringComparison.Ordinal).Replace("\\}", "}", StringComparison.Ordinal);
}
