using System.Reflection;
using System.Text.RegularExpressions;

namespace Bailiwick.Tests.Architecture;

/// <summary>STYLE.md habits 4, 10 and 17 over the compiled assemblies and their sources.</summary>
public sealed partial class CodeRules
{
    /// <summary>The four borders where everything may be caught (STYLE.md 17), each with its reason.</summary>
    private static readonly Dictionary<string, string> Borders = new()
    {
    };

    [Fact]
    public void CatchAll_OfTheTree_StandsAtABorder() =>
        Assert.Empty(SourceFiles.CSharp("src/").Where(file => !Borders.ContainsKey(file.Path)).SelectMany(CatchAlls));

    [Fact]
    public void CatchAll_ElsewhereOrEmpty_IsNamed()
    {
        const string Text = """
            try { A(); } catch (Exception e) { Log(e); }
            try { B(); } catch { }
            try { C(); } catch (Exception e) when (e is IOException) { D(); }
            try { E(); } catch (IOException) { F(); }
            """;
        Assert.Equal(["src/X.cs:1", "src/X.cs:2"], CatchAlls(new SourceFile("src/X.cs", Text)));
    }

    [Fact]
    public void Borders_EachListed_StillCatchesAll() =>
        Assert.All(Borders.Keys, path => Assert.NotEmpty(SourceFiles.Read(path.Equals).SelectMany(CatchAlls)));

    [Fact]
    public void AsyncMethods_OfTheTree_TakeATokenLast() =>
        Assert.Empty(Product.Assemblies.SelectMany(assembly => assembly.GetTypes()).SelectMany(WithoutToken));

    [Fact]
    public void AsyncMethods_WithoutATokenOrWithADefault_AreNamed() =>
        Assert.Equal(["Sample.Bare", "Sample.Defaulted"], WithoutToken(typeof(Sample)));

    private static IEnumerable<string> CatchAlls(SourceFile file) =>
        from line in file.Text.Split('\n').Select((text, index) => (text, index))
        where CatchAll().IsMatch(line.text)
        select $"{file.Path}:{line.index + 1}";

    private static IEnumerable<string> WithoutToken(Type type)
    {
        const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static
            | BindingFlags.DeclaredOnly;
        return from method in type.GetMethods(Declared)
               where !method.Name.Contains('<', StringComparison.Ordinal) && !type.Name.Contains('<', StringComparison.Ordinal)
               where method.Name is not ("Main" or "DisposeAsync") && !method.IsSpecialName && method.GetBaseDefinition() == method
               where IsAsync(method.ReturnType)
               let last = method.GetParameters().LastOrDefault()
               where last?.ParameterType != typeof(CancellationToken) || last.HasDefaultValue
               where !last?.GetCustomAttributesData().Any(data => data.AttributeType.Name == "EnumeratorCancellationAttribute") ?? true
               select $"{type.Name}.{method.Name}";
    }

    private static bool IsAsync(Type type) =>
        type == typeof(Task) || type == typeof(ValueTask)
        || (type.IsGenericType && type.GetGenericTypeDefinition() is var open
            && (open == typeof(Task<>) || open == typeof(ValueTask<>) || open == typeof(IAsyncEnumerable<>)));

    [GeneratedRegex(@"\bcatch\s*(\(\s*(System\.)?Exception(\s+\w+)?\s*\)\s*(?!\s*when)|(\{|$))(?!\s*when)")]
    private static partial Regex CatchAll();

    private sealed class Sample
    {
        public static Task Bare() => Task.CompletedTask;

        public static Task Defaulted(CancellationToken token = default) => Task.FromCanceled(token);

        public static Task Good(CancellationToken token) => Task.FromCanceled(token);
    }
}
