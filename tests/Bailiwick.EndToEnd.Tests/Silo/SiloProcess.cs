using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;

namespace Bailiwick.EndToEnd.Tests.Silo;

/// <summary>A silo in a process of its own. Killed at the end, whatever it does.</summary>
internal sealed class SiloProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly HttpClient Http = new();

    private readonly ConcurrentQueue<string> _lines = new();
    private readonly Stopwatch _sinceStart = Stopwatch.StartNew();
    private readonly Process _process;

    private SiloProcess(Process process, int siloPort, int operationsPort)
    {
        _process = process;
        SiloPort = siloPort;
        Operations = new Uri($"http://127.0.0.1:{operationsPort}");
        _process.OutputDataReceived += (_, line) => _lines.Enqueue(line.Data ?? "");
        _process.ErrorDataReceived += (_, line) => _lines.Enqueue(line.Data ?? "");
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    public bool HasEnded => _process.HasExited;

    public int SiloPort { get; }

    public Uri Operations { get; }

    public string Output => string.Join('\n', _lines);

    public static SiloProcess Start(string configuration, string? folder = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(configuration));
        var listen = document.RootElement.GetProperty("listen");
        var start = new ProcessStartInfo("dotnet", [Executable.Silo, "run", "--config", configuration])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? Path.GetTempPath(),
            Environment = { ["DOTNET_EnableDiagnostics"] = "0" },
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start) ?? throw new InvalidOperationException("dotnet did not start");
        return new SiloProcess(process, listen.GetProperty("silo").GetInt32(), listen.GetProperty("operations").GetInt32());
    }

    /// <summary>Waits until /health answers, which it does once the silo is a member.</summary>
    /// <returns>Time since the process was started.</returns>
    public async Task<TimeSpan> JoinedAsync()
    {
        await Condition.HoldsAsync("joining", Patience, async token =>
        {
            if (_process.HasExited)
            {
                throw new InvalidOperationException($"The silo ended with {_process.ExitCode}:\n{Output}");
            }

            try
            {
                return (await Http.GetStringAsync(new Uri(Operations, "/health"), token) == "ok\n", Output);
            }
            catch (HttpRequestException problem)
            {
                return (false, problem.Message + "\n" + Output);
            }
        });
        return _sinceStart.Elapsed;
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await EndedAsync();
    }

    /// <summary>SIGTERM.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> StopAsync()
    {
        await Executable.RunAsync("kill", "-TERM", $"{_process.Id}");
        return await EndedAsync();
    }

    public async Task<int> EndedAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        await _process.WaitForExitAsync(patience.Token);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
    }
}
