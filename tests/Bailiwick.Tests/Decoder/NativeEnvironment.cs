using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Bailiwick.Tests.Decoder;

/// <summary>
/// The parent of a decoder switches telemetry off in its environment; a test host has no such parent. So the module
/// does it before any test runs: by setenv, since native libraries do not see what .NET sets.
/// </summary>
internal static partial class NativeEnvironment
{
#pragma warning disable CA2255 // A test assembly is the application here, and this must come before any of its code.
    [ModuleInitializer]
    internal static void SwitchTelemetryOff()
    {
        // No Assert: a decoder that loads this assembly for its StartupHook has no xUnit.
        if (setenv("ORT_DISABLE_TELEMETRY", "1", overwrite: 1) != 0)
        {
            throw new InvalidOperationException("setenv refused ORT_DISABLE_TELEMETRY.");
        }
    }
#pragma warning restore CA2255

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int setenv(string name, string value, int overwrite);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int unsetenv(string name);
}
