using System.Text.RegularExpressions;

namespace Bailiwick.Tests.Architecture;

/// <summary>STYLE.md habit 24: each type and path that src/ARCHITECTURE.md names exists.</summary>
public sealed partial class DocumentRules
{
    [Fact]
    public void Architecture_EachTypeAndPathItNames_Exists()
    {
        var text = File.ReadAllText(Path.Combine(Repository.Root, "src", "ARCHITECTURE.md"));
        Rules.Hold(Missing(text));
        Assert.True(Names().Count(text) > 30, "ARCHITECTURE.md names too little to be of use");
    }

    [Fact]
    public void Architecture_ThatNamesWhatIsGone_IsCaught() =>
        Assert.Equal(["NoSuchTypeAnywhere", "src/NoSuch/File.cs"], Missing("see `NoSuchTypeAnywhere`, `src/NoSuch/File.cs` and `Errors`"));

    private static IEnumerable<string> Missing(string text)
    {
        var types = Product.Assemblies.SelectMany(assembly => assembly.GetTypes())
            .Select(type => type.Name.Split('`')[0]).ToHashSet();
        foreach (var name in Names().Matches(text).Select(match => match.Groups[1].Value).Distinct())
        {
            var known = name.Contains('/', StringComparison.Ordinal)
                ? Path.Exists(Path.Combine(Repository.Root, name))
                : types.Contains(name);
            if (!known)
            {
                yield return name;
            }
        }
    }

    /// <summary>Back-quoted PascalCase words of two humps or more, and back-quoted paths from the root.</summary>
    [GeneratedRegex("`((?:[A-Z][a-z0-9]+){1,}|(?:src|tests|infra|models|runbooks)/[A-Za-z0-9_./-]+)`")]
    private static partial Regex Names();
}
