using System.Text.RegularExpressions;

namespace Bailiwick.Tests.Architecture;

/// <summary>STYLE.md habits 1 and 2, and what must not stand in any committed file.</summary>
public sealed partial class FileRules
{
    private const int LinesWithReason = 400;
    private const int LinesAtMost = 600;

    [Fact]
    public void Files_OfTheTree_AreShort() => Rules.Hold(TooLong(SourceFiles.CSharp(), ReasonsForLength()));

    [Fact]
    public void Files_LongWithoutReasonOrVeryLong_AreNamed()
    {
        var medium = new SourceFile("src/A.cs", new string('\n', LinesWithReason + 1));
        var reasoned = new SourceFile("src/B.cs", new string('\n', LinesWithReason + 1));
        var huge = new SourceFile("src/C.cs", new string('\n', LinesAtMost + 1));

        var found = TooLong([medium, reasoned, huge], new() { ["src/B.cs"] = "one table", ["src/C.cs"] = "no reason is enough" });

        Assert.Equal(["src/A.cs: 401 lines", "src/C.cs: 601 lines"], found);
    }

    [Fact]
    public void ReasonsForLength_EachListed_IsStillNeeded()
    {
        var lines = SourceFiles.CSharp().ToDictionary(file => file.Path, file => file.Lines);
        Assert.All(ReasonsForLength(), entry =>
        {
            Assert.True(lines.GetValueOrDefault(entry.Key) > LinesWithReason, $"{entry.Key} needs no entry in long-files.txt");
            Assert.True(entry.Value.Length > 20, $"{entry.Key}: state the reason in long-files.txt");
        });
    }

    [Fact]
    public void Folders_OfTheTree_AreFeatures() => Rules.Hold(BadFolders(SourceFiles.AllPaths));

    [Fact]
    public void Folders_NamedAfterNothingOrNested_AreNamed() =>
        Assert.Equal(
            ["src/Bailiwick.Text/Tokens/Deep/More", "src/Bailiwick.Text/Utils"],
            BadFolders(["src/Bailiwick.Text/Utils/A.cs", "src/Bailiwick.Text/Tokens/Deep/More/B.cs", "src/Bailiwick.Text/Tokens/C.cs"]));

    [Fact]
    public void Files_OfTheTree_NameNoMachineAndNoRegistry() =>
        Rules.Hold(SourceFiles.Read(IsText).SelectMany(MachineNames));

    [Fact]
    public void Files_WithAMachinePathOrARegistry_AreNamed()
    {
        string[] lines = ["cd /wo" + "rk/main", "https://registry." + "npmjs.org/x", "harmless"];
        Assert.Equal(["a.sh:1", "a.sh:2"], MachineNames(new SourceFile("a.sh", string.Join('\n', lines))));
    }

    private static IEnumerable<string> TooLong(IEnumerable<SourceFile> files, Dictionary<string, string> reasons) =>
        from file in files
        where file.Lines > LinesAtMost || (file.Lines > LinesWithReason && !reasons.ContainsKey(file.Path))
        select $"{file.Path}: {file.Lines} lines";

    private static Dictionary<string, string> ReasonsForLength() =>
        File.ReadLines(Path.Combine(Repository.Root, "tests/Bailiwick.Tests/Architecture/long-files.txt"))
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split(':', 2, StringSplitOptions.TrimEntries))
            .ToDictionary(parts => parts[0], parts => parts[1]);

    private static IEnumerable<string> BadFolders(IEnumerable<string> paths)
    {
        var folders = paths
            .Where(path => path.StartsWith("src/Bailiwick.", StringComparison.Ordinal) && path.EndsWith(".cs", StringComparison.Ordinal))
            .Select(path => path[..path.LastIndexOf('/')])
            .Distinct()
            .Order(StringComparer.Ordinal);
        foreach (var folder in folders)
        {
            var features = folder.Split('/')[2..];
            // Api holds one folder per door (DESIGN.md section 4), Templates the four parts of an interpreter; anything else
            // is one level deep.
            var depth = features is ["Api" or "Templates", ..] ? 2 : 1;
            if (features.Length > depth || features.Any(name => Nothing().IsMatch(name)))
            {
                yield return folder;
            }
        }
    }

    private static bool IsText(string path) =>
        !path.StartsWith("tests/fixtures/", StringComparison.Ordinal)
        && Path.GetExtension(path) is ".cs" or ".sh" or ".mjs" or ".json" or ".md" or ".props" or ".targets" or ".csproj"
            or ".config" or ".proto" or ".yaml" or ".yml" or ".txt" or "";

    private static IEnumerable<string> MachineNames(SourceFile file) =>
        from line in file.Text.Split('\n').Select((text, index) => (text, index))
        where MachineOrRegistry().IsMatch(line.text)
        select $"{file.Path}:{line.index + 1}";

    [GeneratedRegex("^(Utils?|Helpers?|Common|Managers?|Misc|Shared)$")]
    private static partial Regex Nothing();

    [GeneratedRegex(@"/work/(main|wt|shared|\.)|registry\.npmjs|api\.nuget\.org|nuget\.org/|deb\.debian\.org|pypi\.org")]
    private static partial Regex MachineOrRegistry();
}
