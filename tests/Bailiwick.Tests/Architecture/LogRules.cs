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

    /// <summary>Files in which an exception's message is for the operator's console, or about files that no request has touched.</summary>
    private static readonly string[] Consoles =
    [
        "src/Bailiwick.Silo/Hosting/SiloHost.cs", "src/Bailiwick.Silo/Hosting/SiloFile.cs", "src/Bailiwick.Silo/Hosting/SiloFiles.cs",
        "src/Bailiwick.Silo/Hosting/KeyVerb.cs", "src/Bailiwick.Silo/Hosting/ResealVerb.cs", "src/Bailiwick.Silo/Hosting/SessionsValidation.cs",
        "src/Bailiwick.Silo/Cluster/Schema.cs", "src/Bailiwick.Silo/Cluster/Migrations.cs",
        "src/Bailiwick.Silo/Shards/DecoderSupervisor.cs",
    ];

    [Fact]
    public void Messages_OfExceptions_GoToTheConsoleAlone() =>
        Rules.Hold(SourceFiles.CSharp("src/Bailiwick.Silo/").SelectMany(Told));

    [Fact]
    public void Messages_PassedOn_AreNamed() => Assert.Equal(
        ["src/Bailiwick.Silo/Audit/A.cs: problem.Message", "src/Bailiwick.Silo/Audit/A.cs: Schema.Sentence(problem"],
        Told(new SourceFile("src/Bailiwick.Silo/Audit/A.cs", "log.A(problem.Message);\nlog.B(Schema.Sentence(problem));\nlog.C(ProblemPlace.Of(problem));")));

    private static IEnumerable<string> Told(SourceFile file) =>
        Consoles.Contains(file.Path) ? [] : Message().Matches(file.Text).Select(match => $"{file.Path}: {match.Value}");

    [GeneratedRegex(@"\b(?:problem|failure|exception|error|cause|e|ex)\.(?:Message|ToString\(\))|\bSchema\.Sentence\(\w+")]
    private static partial Regex Message();

    private static IEnumerable<string> Repeated(IEnumerable<SourceFile> files) =>
        from file in files
        from match in Id().Matches(file.Text)
        group file.Path by match.Groups[1].Value into paths
        where paths.Count() > 1
        select $"{paths.Key}: {string.Join(", ", paths)}";

    [GeneratedRegex(@"\[LoggerMessage\((\d+)")]
    private static partial Regex Id();
}
