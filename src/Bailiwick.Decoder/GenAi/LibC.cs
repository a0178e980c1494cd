using System.Runtime.InteropServices;

namespace Bailiwick.Decoder.GenAi;

/// <summary>
/// The real environment of the process. .NET keeps a copy of its own: what Environment.SetEnvironmentVariable sets,
/// native libraries never see.
/// </summary>
internal static partial class LibC
{
    internal static string? GetEnvironment(string name) => Marshal.PtrToStringUTF8(getenv(name));

    internal static void SetEnvironment(string name, string value)
    {
        if (setenv(name, value, overwrite: 1) != 0)
        {
            throw new InvalidOperationException("setenv failed for " + name);
        }
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint getenv(string name);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int setenv(string name, string value, int overwrite);
}
