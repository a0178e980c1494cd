using System.ComponentModel;
using System.Diagnostics;

namespace Bailiwick.Cli.Verbs;

/// <summary>The silo's executable and the scripts of infra/: beside this executable (an installation) or in the checkout around it.</summary>
internal sealed record SiteTools(string Infra, IReadOnlyList<string> Silo)
{
    /// <summary>At 0, no process of this user reads a silo's memory by .NET's diagnostics port: silos refuse to run with anything else.</summary>
    public const string DiagnosticsVariable = "DOTNET_EnableDiagnostics";

    /// <exception cref="CliException">One is missing.</exception>
    public static SiteTools Find()
    {
        var here = new DirectoryInfo(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        string[] around = [.. Above(here).Select(folder => folder.FullName)];
        var infra = around.Select(folder => Path.Combine(folder, "infra")).FirstOrDefault(folder => File.Exists(Path.Combine(folder, "postgres", "private-cluster.sh")))
            ?? throw new CliException("infra/postgres is missing: it belongs beside this executable or above it.", CliExit.NotFound);
        // .../src/Bailiwick.Cli/bin/CONFIGURATION/FRAMEWORK: the silo of the same build.
        var built = Path.Combine("src", "Bailiwick.Silo", "bin", here.Parent?.Name ?? "", here.Name);
        var silo = around.SelectMany(folder => new[] { folder, Path.Combine(folder, built) })
            .Select(folder => Path.Combine(folder, "bailiwick-silo")).FirstOrDefault(file => File.Exists(file) || File.Exists(file + ".dll"))
            ?? throw new CliException(
                "bailiwick-silo is missing: it belongs beside this executable. In a checkout: dotnet build src/Bailiwick.Silo -c Release.", CliExit.NotFound);
        return new SiteTools(infra, File.Exists(silo) ? [silo] : ["dotnet", silo + ".dll"]);
    }

    /// <summary>The default model of the checkout; null in an installation without one.</summary>
    public static string? DefaultModel() => Above(new DirectoryInfo(AppContext.BaseDirectory))
        .Select(folder => Path.Combine(folder.FullName, "models", "smollm2-135m-instruct")).FirstOrDefault(Directory.Exists);

    public Task<string> PostgresAsync(IEnumerable<string> arguments, CancellationToken cancellationToken) =>
        RunAsync(["bash", Path.Combine(Infra, "postgres", "private-cluster.sh"), .. arguments], cancellationToken);

    public Task<string> ProvisionAsync(string folder, int port, CancellationToken cancellationToken) =>
        RunAsync(["bash", Path.Combine(Infra, "postgres", "provision.sh"), folder, $"{port}"], cancellationToken);

    public Task<string> SiloAsync(IEnumerable<string> arguments, CancellationToken cancellationToken) =>
        RunAsync([.. Silo, .. arguments], cancellationToken);

    /// <summary>Runs a program to its end.</summary>
    /// <returns>What it wrote to stdout.</returns>
    /// <exception cref="CliException">It failed; the message is its own.</exception>
    private static async Task<string> RunAsync(IReadOnlyList<string> command, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // The verbs hold keys for a moment.
            Environment = { [DiagnosticsVariable] = "0" },
        };
        try
        {
            using var process = Process.Start(start)!;
            // PostgreSQL's server keeps the pipes of the script that starts it: the process's end is what is waited for.
            var (output, error) = (new Lines(process.StandardOutput), new Lines(process.StandardError));
            await process.WaitForExitAsync(cancellationToken);
            var (told, complaint) = (await output.TakeAsync(cancellationToken), await error.TakeAsync(cancellationToken));
            return process.ExitCode == 0
                ? told
                : throw new CliException(complaint.Trim() is { Length: > 0 } said ? said : $"{Path.GetFileName(command[0])} ended with {process.ExitCode}");
        }
        catch (Win32Exception)
        {
            throw new CliException($"{command[0]} is missing; install it and run this command again.", CliExit.NotFound);
        }
    }

    private static IEnumerable<DirectoryInfo> Above(DirectoryInfo folder)
    {
        for (var at = folder; at is not null; at = at.Parent)
        {
            yield return at;
        }
    }

    /// <summary>Reads on in the background; what has come a moment after the process's end is all of its own.</summary>
    private sealed class Lines
    {
        private static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);

        private readonly System.Text.StringBuilder _text = new();
        private readonly Task _reading;

        public Lines(StreamReader reader) => _reading = ReadAsync(reader);

        public async Task<string> TakeAsync(CancellationToken cancellationToken)
        {
            await Task.WhenAny(_reading, Task.Delay(Moment, TimeProvider.System, cancellationToken));
            lock (_text)
            {
                return _text.ToString();
            }
        }

        private async Task ReadAsync(StreamReader reader)
        {
            var block = new char[4096];
            int read;
            while ((read = await reader.ReadAsync(block.AsMemory(), CancellationToken.None)) > 0)
            {
                lock (_text)
                {
                    _text.Append(block, 0, read);
                }
            }
        }
    }
}
