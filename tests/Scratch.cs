namespace Bailiwick;

/// <summary>Folders that a test run needs to its end: a decoder may still read them when the test is over. Gone with the process.</summary>
internal static class Scratch
{
    private static readonly string Root = Make();

    /// <summary>A new, empty folder.</summary>
    public static string Folder() => Directory.CreateDirectory(Path.Combine(Root, Guid.NewGuid().ToString("N"))).FullName;

    private static string Make()
    {
        var root = Directory.CreateTempSubdirectory("bailiwick-scratch-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(root, recursive: true);
        return root;
    }
}
