using System.Globalization;

namespace Bailiwick;

/// <summary>
/// Folders that a test run needs to its end: a decoder may still read them when the test is over. All of a run lie in one folder, named for its
/// process; it goes with the process, or with the next run where that was killed.
/// </summary>
internal static class Scratch
{
    private static readonly string Root = Make();

    /// <summary>A new, empty folder.</summary>
    public static string Folder() => Directory.CreateDirectory(Path.Combine(Root, Guid.NewGuid().ToString("N"))).FullName;

    /// <summary>This run's folder, new and empty; those of runs whose process is gone are removed.</summary>
    public static string Begin(string parent)
    {
        const UnixFileMode ours = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        var own = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        var runs = Directory.CreateDirectory(parent, ours);
        foreach (var left in runs.GetDirectories().Where(run => run.Name == own || !Directory.Exists($"/proc/{run.Name}")))
        {
            Remove(left.FullName);
        }

        return runs.CreateSubdirectory(own).FullName;
    }

    private static string Make()
    {
        var root = Begin(Path.Combine(Path.GetTempPath(), $"bailiwick-scratch-of-{Environment.UserName}"));
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Remove(root);
        return root;
    }

    private static void Remove(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // Another run that begins now removes it too.
        }
    }
}
