using System.Diagnostics;

namespace Bailiwick.EndToEnd.Tests.Silo;

/// <summary>The executables, and how to run one to its end.</summary>
internal static class Executable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static string Silo { get; } = Checkout.Executable("Bailiwick.Silo", "bailiwick-silo.dll");

    public static string Cli { get; } = Checkout.Executable("Bailiwick.Cli", "bailiwick.dll");

    public static Task<(int ExitCode, string Output, string Error)> RunAsync(string program, params string[] arguments) =>
        RunAsync(Patience, program, arguments);

    /// <summary>Runs what has to end with 0.</summary>
    public static async Task SucceedAsync(string program, params string[] arguments)
    {
        var (exitCode, output, error) = await RunAsync(program, arguments);
        Assert.True(exitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {exitCode}:\n{output}{error}");
    }

    /// <summary>The same for what takes longer, as answers of a real model do.</summary>
    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(TimeSpan limit, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["DOTNET_EnableDiagnostics"] = "0" },
        };
        using var process = Process.Start(start) ?? throw new InvalidOperationException(program + " did not start");
        using var patience = new CancellationTokenSource(limit);
        var (output, error) = (process.StandardOutput.ReadToEndAsync(patience.Token), process.StandardError.ReadToEndAsync(patience.Token));
        try
        {
            // Not until its pipes end: PostgreSQL's server inherits those of the script that starts it.
            await process.WaitForExitAsync(patience.Token);
            return (process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} {string.Join(' ', arguments)} has not ended in {limit}");
        }
    }
}
