using System.Text.RegularExpressions;

namespace Bailiwick.Tests.Architecture;

/// <summary>DESIGN.md section 4, inside the silo: only Turns may know all features; the others know Hosting and what stands here.</summary>
public sealed partial class FeatureRules
{
    private static readonly Dictionary<string, string[]> MayKnow = new()
    {
        // Doors make turns of requests; the operations and audit doors show what the other features keep.
        ["Api"] = ["Audit", "Cluster", "Policy", "Sessions", "Shards", "Turns"],
        ["Audit"] = ["Cluster"],
        ["Cluster"] = [],
        // Sees every feature, and knows none: each shows itself through Hosting's IObserved.
        ["Observation"] = [],
        // The owner of the policy records what it activates.
        ["Policy"] = ["Audit"],
        // Who reads or removes what is kept is decided by policy, and recorded.
        ["Sessions"] = ["Audit", "Policy"],
        // A shard decides again, with its own silo's policy.
        ["Shards"] = ["Cluster", "Policy"],
        ["Turns"] = ["Api", "Audit", "Cluster", "Observation", "Policy", "Sessions", "Shards"],
        // Puts the host together.
        ["Hosting"] = ["Api", "Audit", "Cluster", "Observation", "Policy", "Sessions", "Shards", "Turns"],
    };

    [Fact]
    public void Features_OfTheSilo_KnowOnlyWhatTheyMay() =>
        Rules.Hold(SourceFiles.CSharp("src/Bailiwick.Silo/").SelectMany(Forbidden));

    [Fact]
    public void Features_ThatReachTooFar_AreNamed() => Assert.Equal(
        ["src/Bailiwick.Silo/Audit/A.cs: Turns", "src/Bailiwick.Silo/New/B.cs: not in the table"],
        new[]
        {
            new SourceFile("src/Bailiwick.Silo/Audit/A.cs", "using Bailiwick.Silo.Hosting;\nusing Bailiwick.Silo.Turns;\n"),
            new SourceFile("src/Bailiwick.Silo/New/B.cs", "using Bailiwick.Silo.Hosting;\n"),
        }.SelectMany(Forbidden));

    private static IEnumerable<string> Forbidden(SourceFile file)
    {
        if (file.Path.Split('/') is not ["src", "Bailiwick.Silo", var feature, _, ..])
        {
            return [];
        }

        return MayKnow.TryGetValue(feature, out var known)
            ? from name in Feature().Matches(file.Text).Select(match => match.Groups[1].Value).Distinct()
              where name != feature && name != "Hosting" && !known.Contains(name)
              select $"{file.Path}: {name}"
            : [$"{file.Path}: not in the table"];
    }

    [GeneratedRegex(@"\bBailiwick\.Silo\.([A-Z][A-Za-z]+)")]
    private static partial Regex Feature();
}
