using Bailiwick.Text.Templates;

namespace Bailiwick.Tests.Text.Templates;

/// <summary>What an import refuses, with the line and the construct.</summary>
public sealed class RefusalTests
{
    [Theory]
    [InlineData("a\n{{ x | shout }}", 2, "the filter 'shout'")]
    [InlineData("{% if x %}\n{{ x | batch(2) }}{% endif %}", 2, "the filter 'batch'")]
    [InlineData("{{ x is escaped }}", 1, "the test 'escaped'")]
    [InlineData("\n\n{{ x.format(1) }}", 3, "the method 'format'")]
    [InlineData("{{ x.append(1) }}", 1, "the method 'append'")]
    [InlineData("{{ lipsum() }}", 1, "the function 'lipsum'")]
    [InlineData("{{ messages() }}", 1, "the function 'messages'")]
    [InlineData("{{ x.__class__ }}", 1, "the attribute '__class__'")]
    [InlineData("{{ x | map('shout') }}", 1, "the filter 'shout'")]
    [InlineData("{{ x | selectattr('a', 'shouting') }}", 1, "the test 'shouting'")]
    [InlineData("a\n{% include 'x' %}", 2, "the tag 'include'")]
    [InlineData("{% extends 'x' %}", 1, "the tag 'extends'")]
    [InlineData("{% import 'x' as y %}", 1, "the tag 'import'")]
    [InlineData("{% block b %}{% endblock %}", 1, "the tag 'block'")]
    [InlineData("{% do x.y() %}", 1, "the tag 'do'")]
    [InlineData("{% for a in b recursive %}{% endfor %}", 1, "a recursive loop")]
    [InlineData("{% break %}", 1, "'break' outside of a loop")]
    [InlineData("{% for a in b %}{% macro m() %}{% continue %}{% endmacro %}{% endfor %}", 1, "'continue' outside of a loop")]
    [InlineData("{% set loop = 1 %}", 1, "an assignment to 'loop'")]
    [InlineData("{% macro m(a=1, b) %}{% endmacro %}", 1, "a parameter without a default behind one with a default")]
    [InlineData("{% call x %}{% endcall %}", 1, "a call block without a call")]
    [InlineData("{{ f(a=1, 2) }}", 1, "the order of the arguments of a call")]
    [InlineData("{{ x[1, 2] }}", 1, "a subscript of several items")]
    [InlineData("{{ 0x10 }}", 1, "a number that is not decimal")]
    [InlineData("{{ 'a\\N{DASH}' }}", 1, "an escape sequence that cannot be read")]
    [InlineData("{{ 'a }}", 1, "a string that does not end")]
    [InlineData("a\n{# b", 2, "a comment that does not end")]
    [InlineData("a\n{% raw %} b", 2, "a raw block that does not end")]
    [InlineData("a\n{{ b", 2, "a tag that does not end")]
    [InlineData("{{ (1] }}", 1, "an unexpected ']'")]
    [InlineData("{{ 1 ? 2 }}", 1, "an unexpected character U+003F")]
    [InlineData("{% if x %}\na", 2, "the end of the template where elif or else or endif is expected")]
    [InlineData("{{ }}", 1, "'}}' where an expression is expected")]
    [InlineData("{{ 1 2 }}", 1, "'2' where '}}' is expected")]
    [InlineData("{% endif %}", 1, "the tag 'endif'")]
    public void Parse_ConstructOutsideTheSubset_IsRefusedWithLineAndConstruct(string source, int line, string construct)
    {
        var refusal = Assert.Throws<TemplateNotSupportedException>(() => ChatTemplate.Parse(source));
        Assert.Equal((line, construct), (refusal.Line, refusal.Construct));
        Assert.Contains(construct, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_LoneSurrogate_IsRefused() =>
        Assert.Throws<TemplateNotSupportedException>(() => ChatTemplate.Parse("a" + (char)0xD800 + "b"));

    [Theory]
    [InlineData("{{ m() }}{% macro m() %}{% endmacro %}")]
    [InlineData("{% macro m() %}{{ caller() }}{% endmacro %}")]
    [InlineData("{% macro m() %}x{% endmacro %}{% set ns = namespace(f=m) %}{{ ns.f() }}")]
    [InlineData("{% generation %}x{% endgeneration %}")]
    [InlineData("{% if false %}{{ x | from_json }}{% endif %}")]
    public void Parse_ConstructOfTheSubset_IsAccepted(string source) => Assert.NotNull(ChatTemplate.Parse(source));
}
