using System.Diagnostics;

namespace Bailiwick.Tests.Architecture;

/// <summary>One committed (or about to be committed) file: its path from the root, with slashes, and its text.</summary>
internal sealed record SourceFile(string Path, string Text)
{
    public int Lines => Text.Length == 0 ? 0 : Text.AsSpan().Count('\n') + (Text[^1] == '\n' ? 0 : 1);
}

/// <summary>The files that rules look at: what git tracks, plus untracked files that it does not ignore.</summary>
internal static class SourceFiles
{
    private static readonly Lazy<IReadOnlyList<string>> Paths = new(ListPaths);

    public static IEnumerable<string> AllPaths => Paths.Value;

    public static IEnumerable<SourceFile> Read(Func<string, bool> wanted) =>
        from path in Paths.Value
        where wanted(path)
        let full = Path.Combine(Repository.Root, path)
        where File.Exists(full)
        select new SourceFile(path, File.ReadAllText(full));

    public static IEnumerable<SourceFile> CSharp(string under = "") =>
        Read(path => path.EndsWith(".cs", StringComparison.Ordinal) && path.StartsWith(under, StringComparison.Ordinal));

    private static string[] ListPaths()
    {
        var start = new ProcessStartInfo("git", ["-C", Repository.Root, "ls-files", "--cached", "--others", "--exclude-standard", "-z"])
        {
            RedirectStandardOutput = true,
        };
        using var git = Process.Start(start) ?? throw new InvalidOperationException("git did not start");
        var output = git.StandardOutput.ReadToEnd();
        git.WaitForExit();
        Assert.Equal(0, git.ExitCode);
        return output.Split('\0', StringSplitOptions.RemoveEmptyEntries);
    }
}
