/// <summary>
/// Runs in a decoder before its Main (DOTNET_STARTUP_HOOKS; .NET asks for this name outside any namespace) and leaves a file in the folder that
/// <see cref="Folder"/> names: one at the beginning, one from a handler of a normal end.
/// </summary>
internal static class StartupHook
{
    public const string Folder = "BAILIWICK_TEST_TRACES";
    public const string Begun = "begun";
    public const string TornDown = "torn-down";

    public static void Initialize()
    {
        var folder = Environment.GetEnvironmentVariable(Folder)!;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => File.WriteAllText(Path.Combine(folder, TornDown), "");
        File.WriteAllText(Path.Combine(folder, Begun), "");
    }
}
