using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Bailiwick.Cli.Verbs;

/// <summary>
/// A silo in the background of this machine, known by its pid file. A number alone proves nothing (the kernel uses them again): the
/// process counts as ours only if its command line names our configuration.
/// </summary>
internal sealed class SiloProcess(SitePaths paths, string node)
{
    private const int LastLines = 6;
    private const int LongestLine = 300;
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    /// <summary>Where the log ended when this start began: what stands before is of earlier lives.</summary>
    private long _logFrom;

    private string PidFile => Path.Combine(paths.Node(node), "silo.pid");

    /// <summary>Its process; null = it does not run.</summary>
    public int? Pid => Written is { } pid && IsOurs(pid) ? pid : null;

    private int? Written => File.Exists(PidFile)
        && int.TryParse(File.ReadAllText(PidFile), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? pid : null;

    /// <summary>Processes that run this node's configuration, whoever started them.</summary>
    public IEnumerable<int> All() => Directory.EnumerateDirectories("/proc")
        .Select(folder => int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? pid : 0)
        .Where(pid => pid > 0 && IsOurs(pid));

    /// <summary>Starts it in a session of its own, so that neither this terminal's end nor its Ctrl+C reaches it.</summary>
    public async Task StartAsync(SiteTools tools, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(paths.Log(node))!);
        _logFrom = File.Exists(paths.Log(node)) ? new FileInfo(paths.Log(node)).Length : 0;
        const string Script = "log=$1; shift; setsid \"$@\" >>\"$log\" 2>&1 </dev/null & echo $!";
        var start = new ProcessStartInfo(
            "sh", ["-c", Script, "sh", paths.Log(node), .. tools.Silo, "run", "--config", paths.Configuration(node)])
        {
            RedirectStandardOutput = true,
            // Not the caller's: a folder that stays.
            WorkingDirectory = paths.Folder,
            Environment = { [SiteTools.DiagnosticsVariable] = "0" },
        };
        try
        {
            using var process = Process.Start(start)!;
            var pid = await process.StandardOutput.ReadLineAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            await File.WriteAllTextAsync(PidFile, pid, cancellationToken);
        }
        catch (Win32Exception)
        {
            throw new CliException("sh is missing; install it and run this command again.", CliExit.NotFound);
        }
    }

    /// <summary>Waits until /health answers, which it does once the silo is a member of the cluster.</summary>
    public async Task JoinedAsync(int operations, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        var since = TimeProvider.System.GetTimestamp();
        while (!await IsHealthyAsync(http, operations, cancellationToken))
        {
            if (Written is not { } pid || !Lives(pid))
            {
                File.Delete(PidFile);
                throw new CliException($"Silo {node} has ended. Its last lines ({paths.Log(node)}):\n{Tail()}");
            }

            if (TimeProvider.System.GetElapsedTime(since) > limit)
            {
                throw new CliException($"Silo {node} has not joined within {limit.TotalSeconds:0} s; it runs on. Its last lines ({paths.Log(node)}):\n{Tail()}", CliExit.TimeOut);
            }

            await Task.Delay(Look, TimeProvider.System, cancellationToken);
        }
    }

    /// <summary>SIGTERM, then waits: a silo lets its streams end.</summary>
    /// <returns>Whether it has ended in time.</returns>
    public async Task<bool> StopAsync(int pid, TimeSpan limit, CancellationToken cancellationToken)
    {
        // Of the shell itself: a machine need not have the program of that name.
        using (var kill = Process.Start("sh", ["-c", "kill -TERM \"$0\" 2>/dev/null", $"{pid}"]))
        {
            await kill.WaitForExitAsync(cancellationToken);
        }

        var since = TimeProvider.System.GetTimestamp();
        while (IsOurs(pid))
        {
            if (TimeProvider.System.GetElapsedTime(since) > limit)
            {
                return false;
            }

            await Task.Delay(Look, TimeProvider.System, cancellationToken);
        }

        File.Delete(PidFile);
        return true;
    }

    private static async Task<bool> IsHealthyAsync(HttpClient http, int port, CancellationToken cancellationToken)
    {
        try
        {
            return await http.GetStringAsync(new Uri($"http://127.0.0.1:{port}/health"), cancellationToken) == "ok\n";
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private bool IsOurs(int pid)
    {
        try
        {
            // The shell that becomes the silo counts already; what has ended and waits for its parent has an empty command line.
            return File.ReadAllText($"/proc/{pid}/cmdline").Split('\0') is var words
                && words.Contains("run") && words.Contains(paths.Configuration(node));
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>
    /// Whether what was just started lives. A process has no command line for the moment in which it becomes another program; what has
    /// ended has none either, but is a zombie until its parent has looked.
    /// </summary>
    private bool Lives(int pid)
    {
        try
        {
            // "PID (NAME) STATE ...": the name may hold anything.
            return IsOurs(pid) || (File.ReadAllText($"/proc/{pid}/stat") is var stat
                && stat[(stat.LastIndexOf(')') + 1)..].TrimStart() is [not ('Z' or 'X'), ..]
                && (File.ReadAllText($"/proc/{pid}/cmdline").Length == 0 || IsOurs(pid)));
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private string Tail()
    {
        if (!File.Exists(paths.Log(node)))
        {
            return "";
        }

        using var log = File.OpenRead(paths.Log(node));
        log.Position = Math.Min(_logFrom, log.Length);
        using var reader = new StreamReader(log);
        return string.Join('\n', reader.ReadToEnd().TrimEnd().Split('\n').TakeLast(LastLines)
            .Select(line => "  " + (line.Length > LongestLine ? line[..LongestLine] + " ..." : line)));
    }
}
