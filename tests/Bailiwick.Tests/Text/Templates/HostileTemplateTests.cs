using System.Diagnostics;
using Bailiwick.Text.Templates;

namespace Bailiwick.Tests.Text.Templates;

/// <summary>Templates that want all of the machine: each ends as an ordinary error, soon.</summary>
[Trait("Category", "Hostile")]
public sealed class HostileTemplateTests
{
    private static readonly TemplateContext Context = new() { MessagesJson = """[{"role":"user","content":"x"}]""", Now = TemplateCase.Now };

    public static TheoryData<string> Endless => new()
    {
        "{{ 'a' * 10 ** 9 }}",
        "{{ [0] * 10 ** 9 }}",
        "{{ 10 ** (10 ** 9) }}",
        "{{ range(10 ** 9) }}",
        "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}",
        "{% for a in range(100000) %}{{ 'x' * 1000 }}{% endfor %}",
        "{% set ns = namespace(x='a') %}{% for a in range(100) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
        "{% set ns = namespace(x=[0]) %}{% for a in range(100) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
        "{% set ns = namespace(x=[]) %}{% for a in range(100000) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x | tojson }}",
        "{% set ns = namespace(x=[]) %}{% for a in range(100) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x | string }}",
        "{% set ns = namespace(x=[0]) %}{% for a in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x == ns.x }}{{ [ns.x] == [ns.x] }}{{ ns.x | tojson }}",
        "{% set ns = namespace(x=2) %}{% for a in range(100) %}{% set ns.x = ns.x * ns.x %}{% endfor %}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% macro m(n) %}{{ m(n + 1) }}{{ m(n + 1) }}{% endmacro %}{{ m(0) }}",
        "{{ 'a'.replace('', 'b' * 1000000).replace('', 'c' * 1000000) }}",
        "{{ 'a' | center(10 ** 9) }}",
        "{{ '%1000000000d' % 1 }}",
        "{{ '%.1000000000f' % 1.0 }}",
        "{{ 'a\na' | indent(10 ** 9) }}",
        "{{ [1, 2] | tojson(indent=10 ** 9) }}",
        "{{ ('x' * 1000000) | join('y' * 1000) }}",
        "{% set ns = namespace(x='a' * 4000000) %}{% for a in range(100000) %}{{ ns.x | length }}{% set y = ns.x.split('b') %}{% endfor %}",
        "{% set t = 'a' * 4000000 %}{% for a in range(100000) %}{% set x = t[::-1] %}{% endfor %}",
        "{% for a in range(100000) %}{% set x = range(100000) | sort %}{% endfor %}",
        "{% set t = 'a' * 1000000 %}{% for a in range(100000) %}{{ t in t ~ 'b' }}{% endfor %}",
    };

    [Theory]
    [MemberData(nameof(Endless))]
    public void Render_TemplateThatWantsTooMuch_EndsWithAnOrdinaryErrorSoon(string source)
    {
        var template = ChatTemplate.Parse(source);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var clock = Stopwatch.StartNew();
        var error = Assert.ThrowsAny<TemplateRenderException>(() => template.Render(Context));
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(20), $"{clock.Elapsed} for {error.Message}");
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 4L << 30, "more than 4 GB allocated in passing");
    }

    [Theory]
    [InlineData("(", 100_000)]
    [InlineData("[", 100_000)]
    [InlineData("not ", 100_000)]
    [InlineData("-", 100_000)]
    [InlineData("{1:", 100_000)]
    [InlineData("1 if 1 else ", 100_000)]
    public void Parse_DeepNesting_IsRefused(string part, int times) =>
        Assert.Throws<TemplateNotSupportedException>(() => ChatTemplate.Parse("{{ " + string.Concat(Enumerable.Repeat(part, times)) + " }}"));

    [Fact]
    public void Parse_DeepBlocks_AreRefused() =>
        Assert.Throws<TemplateNotSupportedException>(() => ChatTemplate.Parse(string.Concat(Enumerable.Repeat("{% if x %}", 100_000))));

    [Theory]
    [InlineData(" + 1")]
    [InlineData("[0]")]
    [InlineData(" | string")]
    [InlineData(".x")]
    [InlineData(" or 1")]
    public void Render_LongChain_EndsWithAnOrdinaryError(string part)
    {
        var template = ChatTemplate.Parse("{{ messages" + string.Concat(Enumerable.Repeat(part, 50_000)) + " }}");
        Assert.ThrowsAny<TemplateRenderException>(() => template.Render(Context));
    }

    [Fact]
    public void Render_SmallStack_EndsWithAnOrdinaryError()
    {
        var template = ChatTemplate.Parse("{% macro m(n) %}{% if n %}{% for x in [1] %}{{ m(n - 1) }}{% endfor %}{% endif %}{% endmacro %}{{ m(10000) }}");
        Exception? error = null;
        var thread = new Thread(() => error = Record.Exception(() => template.Render(Context)), 256 * 1024);
        thread.Start();
        Assert.True(thread.Join(TimeSpan.FromSeconds(30)), "rendering on a small stack did not end");
        Assert.IsType<TemplateLimitException>(error);
    }

    [Fact]
    public void Render_LimitsOfTheCaller_AreKept()
    {
        var template = ChatTemplate.Parse("{% for m in range(50) %}abcdefgh{% endfor %}");
        Assert.Equal(400, template.Render(Context).Length);
        Assert.Throws<TemplateLimitException>(() => template.Render(Context, new TemplateLimits { MaxOutputCharacters = 399 }));
        Assert.Throws<TemplateLimitException>(() => template.Render(Context, new TemplateLimits { MaxSteps = 100 }));
        Assert.Throws<TemplateLimitException>(() => template.Render(Context, new TemplateLimits { MaxRange = 49 }));
        Assert.Throws<TemplateLimitException>(() => template.Render(Context, new TemplateLimits { MaxDepth = 2 }));
    }
}
