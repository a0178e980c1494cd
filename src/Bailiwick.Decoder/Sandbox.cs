using Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Decoder;

/// <summary>
/// What the process takes from itself before it reads anything from outside, and what it then sees of itself.
/// The parent started it in empty namespaces; here that is verified, not believed.
/// </summary>
internal static class Sandbox
{
    /// <summary>Hardens the process, then looks at it. Called first in Main, before any library is loaded.</summary>
    public static Isolation Enter()
    {
        var dumpsOff = ProcessCalls.DisableCoreDumps();
        ProcessCalls.DieWithParent();
        ProcessCalls.ForbidNewPrivileges();
        var interfaces = Interfaces(File.ReadLines("/proc/self/net/dev"));
        var sockets = CountInternetSockets();
        return new Isolation
        {
            Interfaces = { interfaces },
            OpenSockets = sockets,
            Isolated = interfaces is ["lo"] && sockets == 0,
            TelemetryOff = ProcessCalls.Environment("ORT_DISABLE_TELEMETRY") == "1",
            DiagnosticsOff = ProcessCalls.Environment("DOTNET_EnableDiagnostics") == "0",
            CoreDumpsOff = dumpsOff,
            SyscallFilter = SyscallFilter.TryInstall(),
        };
    }

    /// <summary>Why no model may be loaded; null when it may.</summary>
    /// <param name="isolation">What <see cref="Enter"/> saw.</param>
    /// <param name="allowUnisolated">Policy permits a decoder without isolation; telemetry is never permitted.</param>
    public static string? Refusal(Isolation isolation, bool allowUnisolated)
    {
        if (!isolation.TelemetryOff)
        {
            return "The decoder refuses to load a model: ORT_DISABLE_TELEMETRY=1 is not in its environment.";
        }

        if (allowUnisolated)
        {
            return null;
        }

        if (!isolation.Isolated)
        {
            return $"The decoder refuses to load a model: it is not isolated (interfaces: {string.Join(' ', isolation.Interfaces)}; "
                + $"internet sockets: {isolation.OpenSockets}). Start it in a network namespace, or let policy allow it without.";
        }

        return (isolation.CoreDumpsOff, isolation.DiagnosticsOff) switch
        {
            (false, _) => "The decoder refuses to load a model: core dumps cannot be switched off.",
            (_, false) => "The decoder refuses to load a model: DOTNET_EnableDiagnostics=0 is not in its environment.",
            _ => null,
        };
    }

    /// <summary>Interface names of /proc/net/dev: two lines of heading, then `name: counters`.</summary>
    internal static IReadOnlyList<string> Interfaces(IEnumerable<string> lines) =>
        [.. lines.Skip(2).Select(line => line.Split(':')[0].Trim()).Where(name => name.Length > 0)];

    private static int CountInternetSockets() =>
        Directory.EnumerateFileSystemEntries("/proc/self/fd")
            .Select(path => int.Parse(Path.GetFileName(path), System.Globalization.CultureInfo.InvariantCulture))
            .Count(ProcessCalls.IsInternetSocket);
}
