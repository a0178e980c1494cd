using ArchUnitNET.Domain;
using ArchUnitNET.Loader;

namespace Bailiwick.Tests.Architecture;

/// <summary>STYLE.md habit 4: pure projects know no clock, no I/O, no chance and no Orleans.</summary>
public sealed class PurityRules
{
    private static readonly string[] Impure =
    [
        "System.IO.File", "System.IO.Directory", "System.IO.FileStream", "System.IO.FileInfo", "System.IO.DirectoryInfo",
        "System.Net.Sockets.", "System.Net.Http.",
        "System.Net.Dns", "System.TimeProvider", "System.Diagnostics.Stopwatch", "System.Diagnostics.Process",
        "System.Environment", "System.Console", "System.Random", "Orleans.", "Npgsql.", "System.Security.Cryptography.RandomNumberGenerator",
    ];

    /// <summary>
    /// In Evidence: the one folder that touches files, behind ports that a silo implements otherwise; and the two types that make
    /// salts and keys, which nobody may be able to repeat.
    /// </summary>
    private static readonly string[] Allowed =
        ["Bailiwick.Evidence.Storage.", "Bailiwick.Evidence.Commitment ", "Bailiwick.Evidence.SigningKey "];

    private static readonly Lazy<ArchUnitNET.Domain.Architecture> Tree =
        new(() => new ArchLoader().LoadAssemblies([.. Product.Assemblies, typeof(PurityRules).Assembly]).Build());

    [Theory]
    [InlineData("Bailiwick.Residency")]
    [InlineData("Bailiwick.Text")]
    [InlineData("Bailiwick.Evidence")]
    public void PureProjects_OfTheTree_KnowNoClockAndNoIo(string project) =>
        Rules.Hold(Violations(type => type.Assembly.Name.StartsWith(project, StringComparison.Ordinal))
            .Where(violation => !Allowed.Any(allowed => violation.StartsWith(allowed, StringComparison.Ordinal))));

    [Fact]
    public void PureProjects_ThatReadAFile_AreNamed() =>
        Assert.Contains(
            Violations(type => type.FullName == typeof(ImpureSample).FullName),
            violation => violation.EndsWith("-> System.IO.File", StringComparison.Ordinal));

    private static List<string> Violations(Func<IType, bool> wanted) =>
        [.. from type in Tree.Value.Types
            where wanted(type)
            from target in type.Dependencies.Select(dependency => dependency.Target.FullName).Distinct()
            where Impure.Any(name => name[^1] == '.' ? target.StartsWith(name, StringComparison.Ordinal) : target == name)
            select $"{type.FullName} -> {target}"];

    private static class ImpureSample
    {
        public static bool Look(string path) => File.Exists(path);
    }
}
