using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Bailiwick.EndToEnd.Tests;

/// <summary>What one run of the command line gave.</summary>
internal sealed record CommandResult(int ExitCode, string Output, string Error);

/// <summary>Runs `bailiwick` as a process, as an operator does.</summary>
internal static partial class CommandLine
{
    private const int SigInt = 2;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    /// <summary>The store of these tests, shared by their runs on this machine.</summary>
    public static string Store { get; } = Path.Combine(Path.GetTempPath(), "bailiwick-test-store");

    /// <param name="arguments">As typed.</param>
    /// <param name="interruptAt">Sends Ctrl+C's signal once the output holds this many characters; 0 = never.</param>
    public static async Task<CommandResult> RunAsync(IEnumerable<string> arguments, int interruptAt = 0)
    {
        using var process = Process.Start(StartInfo(arguments))!;
        process.StandardInput.Close();
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            var error = process.StandardError.ReadToEndAsync(limit.Token);
            var output = await ReadAsync(process, interruptAt, limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return new CommandResult(process.ExitCode, output, await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"bailiwick {string.Join(' ', arguments)} did not end within {Limit}");
        }
    }

    private static async Task<string> ReadAsync(Process process, int interruptAt, CancellationToken cancel)
    {
        var text = new System.Text.StringBuilder();
        var block = new char[256];
        int read;
        while ((read = await process.StandardOutput.ReadAsync(block.AsMemory(), cancel)) > 0)
        {
            var before = text.Length;
            text.Append(block, 0, read);
            if (interruptAt > 0 && before < interruptAt && text.Length >= interruptAt)
            {
                Assert.Equal(0, Kill(process.Id, SigInt));
            }
        }

        return text.ToString();
    }

    private static ProcessStartInfo StartInfo(IEnumerable<string> arguments)
    {
        // A shell's background job, as which a whole test run may have been started, ignores SIGINT, and so would its children.
        var info = new ProcessStartInfo("env", ["--default-signal=INT", "dotnet"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        info.ArgumentList.Add(Checkout.Executable("Bailiwick.Cli", "bailiwick.dll"));
        foreach (var argument in arguments)
        {
            info.ArgumentList.Add(argument);
        }

        return info;
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Kill(int process, int signal);
}
