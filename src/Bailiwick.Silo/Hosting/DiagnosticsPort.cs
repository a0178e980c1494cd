namespace Bailiwick.Silo.Hosting;

/// <summary>
/// .NET's diagnostics port gives whoever has this user's rights a memory image of the silo on request, past all that
/// <see cref="CoreDumps"/> forbids. Only the real environment switches it off: it is open before the first line of ours runs.
/// </summary>
internal static class DiagnosticsPort
{
    public const string Variable = "DOTNET_EnableDiagnostics";

    /// <summary>Why the silo must not start; null where it may.</summary>
    public static string? Fault(string? value) => value == "0"
        ? null
        : $"environment: {Variable}=0 is missing, so any process of this user could read prompts out of the silo's memory; set it "
            + "(`bailiwick up` does, and a systemd unit's Environment= line).";
}
