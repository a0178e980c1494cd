namespace Bailiwick.EndToEnd.Tests;

/// <summary>
/// The executables of src/ in their own output folders. The copies beside the tests are no measure: the tests reference the silo,
/// hence ASP.NET's framework, which holds packages that the CLI must bring along itself.
/// </summary>
internal static class Executables
{
    public static string Of(string project, string file)
    {
        // .../tests/PROJECT/bin/CONFIGURATION/FRAMEWORK/
        var framework = new DirectoryInfo(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        var configuration = framework.Parent!;
        var root = configuration.Parent!.Parent!.Parent!.Parent!;
        return Path.Combine(root.FullName, "src", project, "bin", configuration.Name, framework.Name, file);
    }
}
