using System.Text.RegularExpressions;

namespace Bailiwick.Tests.Architecture;

/// <summary>STYLE.md habit 18: an event id names one line of one process, so that alerts and readers can go by it.</summary>
public sealed partial class LogRules
{
    [Fact]
    public void EventIds_OfTheSilo_AreUnique() => Rules.Hold(Repeated(SourceFiles.CSharp("src/Bailiwick.Silo/")));

    [Fact]
    public void EventIds_UsedTwice_AreNamed() => Assert.Equal(
        ["7: A.cs, B.cs"],
        Repeated([new SourceFile("A.cs", "[LoggerMessage(7, X)]"), new SourceFile("B.cs", "[LoggerMessage(7, Y)]\n[LoggerMessage(8, Z)]")]));

    private static IEnumerable<string> Repeated(IEnumerable<SourceFile> files) =>
        from file in files
        from match in Id().Matches(file.Text)
        group file.Path by match.Groups[1].Value into paths
        where paths.Count() > 1
        select $"{paths.Key}: {string.Join(", ", paths)}";

    [GeneratedRegex(@"\[LoggerMessage\((\d+)")]
    private static partial Regex Id();
}
