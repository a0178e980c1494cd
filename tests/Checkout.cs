namespace Bailiwick;

/// <summary>
/// Where tests and benchmarks find the checkout that they were built in, and its executables. Compiled into each of their
/// projects (tests/Directory.Build.props).
/// </summary>
internal static class Checkout
{
    /// <summary>Full path of the folder that holds Cluster.sln.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>
    /// An executable of src/ in its own output folder, of the running configuration. The copies beside the tests are no
    /// measure: the tests reference the silo, hence ASP.NET's framework, which holds packages that the CLI must bring
    /// along itself.
    /// </summary>
    /// <param name="project">Folder under src/.</param>
    /// <param name="file">Name of the file.</param>
    public static string Executable(string project, string file)
    {
        // .../tests/PROJECT/bin/CONFIGURATION/FRAMEWORK/
        var framework = new DirectoryInfo(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        return Path.Combine(Root, "src", project, "bin", framework.Parent!.Name, framework.Name, file);
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Cluster.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException("Tests run inside a checkout: no Cluster.sln above " + AppContext.BaseDirectory);
    }
}
