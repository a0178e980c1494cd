using Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Protocol.Decoder;

/// <summary>How one decoder is started, watched and restarted. Not changed after it was handed to a link.</summary>
public sealed class DecoderLinkOptions
{
    /// <summary>Sent to each started decoder: model folder, threads, KV blocks, memory limit. Required.</summary>
    public required Load Load { get; init; }

    /// <summary>File of the decoder executable. Default null: see <see cref="DecoderLocator"/>.</summary>
    public string? Executable { get; init; }

    /// <summary>
    /// Start the decoder in user and network namespaces of its own. Default true. False only where the kernel forbids
    /// them; the decoder then refuses to load a model unless Load.allow_unisolated says that policy permits it.
    /// </summary>
    public bool Isolate { get; init; } = true;

    /// <summary>Profile of a simulated decoder (JSON file). Default null: a real one.</summary>
    public string? SimulationProfile { get; init; }

    /// <summary>Environment of the decoder beyond the fixed allow-list; for the site's library paths. Default empty.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>From process start to Ready. Default 5 min; 1 s to 1 h. A decoder that takes longer is killed.</summary>
    public TimeSpan LoadTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Longest time without progress of the loop (Heartbeat.iterations); then the decoder is killed and restarted.
    /// Default 5 s; 100 ms to 10 min. Must exceed the longest single step (a prefill chunk) and Load.heartbeat_ms.
    /// </summary>
    public TimeSpan HangTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a cancelled turn may take to say Finished before the link ends it itself. Default 2 s; 10 ms to 1 min.</summary>
    public TimeSpan CancelTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Grace of running turns at <see cref="DecoderLink.DisposeAsync"/>. Default 0: they end as cancelled; up to 10 min.</summary>
    public TimeSpan ShutdownGrace { get; init; } = TimeSpan.Zero;

    /// <summary>Wait before the second restart in a row; the first is immediate, each further one waits twice as long. Default 250 ms.</summary>
    public TimeSpan RestartDelay { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Longest wait before a restart. Default 30 s.</summary>
    public TimeSpan MaxRestartDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Losses within <see cref="RestartWindow"/> after which the link fails for good. Default 5; 0 = never restart.</summary>
    public int MaxRestarts { get; init; } = 5;

    /// <summary>Losses older than this no longer count. Default 2 min.</summary>
    public TimeSpan RestartWindow { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Whether a turn goes on in the restarted decoder. Default true; false ends it with ERROR.</summary>
    public bool ResumeOnLoss { get; init; } = true;

    /// <summary>Losses that one turn survives; a turn that kills decoders must not do so for ever. Default 3; 0 to 1000.</summary>
    public int MaxResumes { get; init; } = 3;

    /// <summary>Events of one turn that may wait for its consumer; beyond it the turn is cancelled. Default 4096; 16 to 1048576.</summary>
    public int MaxPendingEvents { get; init; } = 4096;

    /// <summary>Largest frame accepted from the decoder, bytes. Default 16 MiB; 64 KiB to 1 GiB.</summary>
    public int MaxFrameBytes { get; init; } = FrameReader.DefaultMaxFrameBytes;

    /// <summary>Every fault, each a sentence; empty when the options can be used.</summary>
    public IReadOnlyList<string> Validate()
    {
        var faults = new List<string>();
        Range(faults, nameof(LoadTimeout), LoadTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        Range(faults, nameof(HangTimeout), HangTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(10));
        Range(faults, nameof(CancelTimeout), CancelTimeout, TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(1));
        Range(faults, nameof(ShutdownGrace), ShutdownGrace, TimeSpan.Zero, TimeSpan.FromMinutes(10));
        Range(faults, nameof(RestartDelay), RestartDelay, TimeSpan.Zero, MaxRestartDelay);
        Range(faults, nameof(MaxRestartDelay), MaxRestartDelay, TimeSpan.Zero, TimeSpan.FromHours(1));
        Range(faults, nameof(RestartWindow), RestartWindow, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1));
        Range(faults, nameof(MaxRestarts), MaxRestarts, 0, 1000);
        Range(faults, nameof(MaxResumes), MaxResumes, 0, 1000);
        Range(faults, nameof(MaxPendingEvents), MaxPendingEvents, 16, 1 << 20);
        Range(faults, nameof(MaxFrameBytes), MaxFrameBytes, 1 << 16, 1 << 30);
        if (Load.HeartbeatMs > 0 && HangTimeout.TotalMilliseconds < 2 * Load.HeartbeatMs)
        {
            faults.Add($"{nameof(HangTimeout)} must be at least twice Load.heartbeat_ms ({Load.HeartbeatMs} ms).");
        }

        return faults;
    }

    private static void Range<T>(List<string> faults, string name, T value, T least, T most)
        where T : IComparable<T>
    {
        if (value.CompareTo(least) < 0 || value.CompareTo(most) > 0)
        {
            faults.Add($"{name} is {value}; it must lie between {least} and {most}.");
        }
    }
}
