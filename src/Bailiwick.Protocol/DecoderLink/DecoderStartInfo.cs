using System.Diagnostics;

namespace Bailiwick.Protocol.Decoder;

/// <summary>The command line of a decoder process.</summary>
internal static class DecoderStartInfo
{
    /// <summary>Exit code of a decoder that ended itself above its memory limit (EX_TEMPFAIL of sysexits.h).</summary>
    public const int MemoryLimitExitCode = 75;

    /// <exception cref="FileNotFoundException">There is no decoder executable.</exception>
    public static ProcessStartInfo Of(DecoderLinkOptions options, params IReadOnlyList<string> arguments)
    {
        var executable = DecoderLocator.Find(options.Executable);
        var info = new ProcessStartInfo(options.Isolate ? "unshare" : executable)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = Path.GetDirectoryName(executable),
        };
        if (options.Isolate)
        {
            // Without --fork: unshare becomes the decoder, so that its process id and its death are the decoder's.
            string[] unshare = ["--user", "--map-current-user", "--net", "--", executable];
            Array.ForEach(unshare, info.ArgumentList.Add);
        }

        foreach (var argument in arguments)
        {
            info.ArgumentList.Add(argument);
        }

        DecoderEnvironment.Fill(info.Environment, options.Environment);
        return info;
    }
}
