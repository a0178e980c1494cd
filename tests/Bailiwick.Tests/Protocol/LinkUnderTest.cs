using System.Diagnostics;
using System.Runtime.InteropServices;
using Bailiwick.Protocol.Decoder;
using Bailiwick.Protocol.Decoder.V1;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bailiwick.Tests.Protocol;

/// <summary>Links to real decoder processes for tests, and what tests do to such a process.</summary>
internal static partial class LinkUnderTest
{
    public const int SigAbort = 6;
    public const int SigKill = 9;
    public const int SigStop = 19;

    /// <summary>Generous: the machine may be shared. A wait that reaches it fails and says for what it waited.</summary>
    public static readonly TimeSpan Wait = TimeSpan.FromMinutes(2);

    public static string Executable { get; } = Path.Combine(AppContext.BaseDirectory, "decoder", DecoderLocator.FileName);

    /// <summary>A profile file for a simulated decoder, kept for the test run.</summary>
    public static string Profile(string json)
    {
        var path = Path.Combine(Scratch.Folder(), "profile.json");
        File.WriteAllText(path, json);
        return path;
    }

    public static DecoderLinkOptions Simulated(string profile = """{"steps_per_second":500,"prefill_tokens_per_second":0}""") => new()
    {
        Executable = Executable,
        Load = new Load { HeartbeatMs = 20 },
        SimulationProfile = Profile(profile),
        MaxRestarts = 1000,
        HangTimeout = TimeSpan.FromSeconds(20),
    };

    public static async Task<DecoderLink> StartAsync(DecoderLinkOptions options, DecoderPhase expected = DecoderPhase.Ready)
    {
        using var limit = new CancellationTokenSource(Wait);
        var link = await DecoderLink.StartAsync(options, TimeProvider.System, NullLogger.Instance, limit.Token);
        Assert.True(link.State.Phase == expected, $"phase start: {link.State.Phase}, {link.State.Loss?.Problem.Sentence}");
        return link;
    }

    /// <summary>Waits for a state or heartbeat; the failure names the phase and what was there.</summary>
    public static async Task UntilAsync(Func<bool> condition, string phase, Func<string> state)
    {
        using var limit = new CancellationTokenSource(Wait);
        while (!condition())
        {
            try
            {
                await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, limit.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"phase {phase}: still {state()}");
            }
        }
    }

    public static Task KvBlocksFreeAsync(DecoderLink link) => UntilAsync(
        () => link.LatestHeartbeat?.KvBlocksFree == link.State.Ready?.KvBlocks && link.LatestHeartbeat is { Active: 0, Waiting: 0 },
        "blocks back to zero",
        () => $"{link.LatestHeartbeat} of {link.State.Ready?.KvBlocks} blocks");

    /// <summary>Runs a turn to its end; <paramref name="at"/> is called before the token with that index is taken.</summary>
    public static async Task<TurnLog> RunAsync(DecoderLink link, Submit turn, Func<int, Task>? at = null, CancellationToken cancel = default)
    {
        using var limit = new CancellationTokenSource(Wait);
        var log = new TurnLog();
        var run = Task.Run(async () =>
        {
            await foreach (var next in link.RunAsync(turn, cancel))
            {
                if (next.Kind == TurnEventKind.Token && at is not null)
                {
                    await at(log.Tokens.Count);
                }

                log.Add(next);
            }
        }, CancellationToken.None);
        await run.WaitAsync(limit.Token);
        return log;
    }

    /// <summary>Sends a signal to the decoder that the link has now.</summary>
    public static void Signal(DecoderLink link, int signal)
    {
        var pid = Pid(link);
        Assert.Equal(0, Kill(pid, signal));

        // As abort() does it: .NET swallows the first SIGABRT after restoring the default, and expects a second.
        while (signal == SigAbort && !IsGone(pid))
        {
            _ = Kill(pid, signal);
            Thread.Yield();
        }
    }

    public static int Pid(DecoderLink link) => link.State.Hello?.Pid ?? throw new InvalidOperationException($"no decoder: {link.State}");

    public static bool IsGone(int pid)
    {
        try
        {
            // A zombie that only its reaper still knows is gone too.
            return File.ReadAllText($"/proc/{pid}/stat").Split(") ")[^1].StartsWith('Z');
        }
        catch (IOException)
        {
            return true;
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int Kill(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "chmod", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int ChangeMode(string path, uint mode);
}

/// <summary>What a consumer saw of a turn.</summary>
internal sealed class TurnLog
{
    private long _lastAt;

    public List<TurnEventKind> Kinds { get; } = [];

    public List<DecodedToken> Tokens { get; } = [];

    public List<int> ResumedAt { get; } = [];

    /// <summary>Longest time between two events.</summary>
    public TimeSpan LongestGap { get; private set; }

    public Finished Finished { get; private set; } = new();

    public IEnumerable<int> Ids => Tokens.Select(token => token.Id);

    public string Text => string.Concat(Tokens.Select(token => token.Text)) + Finished.Tail;

    public void Add(TurnEvent next)
    {
        Kinds.Add(next.Kind);
        var now = Stopwatch.GetTimestamp();
        if (_lastAt != 0 && Stopwatch.GetElapsedTime(_lastAt, now) is var gap && gap > LongestGap)
        {
            LongestGap = gap;
        }

        _lastAt = now;
        switch (next.Kind)
        {
            case TurnEventKind.Token:
                Tokens.Add(next.Token);
                break;
            case TurnEventKind.Resumed:
                ResumedAt.Add(next.ResumedAt);
                break;
            case TurnEventKind.Finished:
                Finished = next.Finished!;
                break;
        }
    }
}
