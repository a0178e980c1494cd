namespace Bailiwick.Protocol.Decoder;

/// <summary>The environment of a decoder: an allow-list, so that no secret of the silo reaches a process that reads untrusted files.</summary>
internal static class DecoderEnvironment
{
    /// <summary>What every decoder gets. The decoder verifies the first two with getenv before it loads anything.</summary>
    private static readonly Dictionary<string, string> Fixed = new()
    {
        ["ORT_DISABLE_TELEMETRY"] = "1",
        ["DOTNET_EnableDiagnostics"] = "0",
        ["DOTNET_gcServer"] = "0",

        // Pool threads sleep at once instead of spinning: the cores belong to the loop.
        ["DOTNET_ThreadPool_UnfairSemaphoreSpinLimit"] = "0",
        ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1",
        ["TZ"] = "UTC",
        ["LC_ALL"] = "C.UTF-8",
    };

    /// <summary>Taken over from the starting process where set: where .NET and the two native libraries lie.</summary>
    private static readonly string[] Inherited =
    [
        "PATH", "DOTNET_ROOT", "BAILIWICK_GENAI", "BAILIWICK_GENAI_DIGEST", "BAILIWICK_ONNXRUNTIME", "BAILIWICK_CACHE", "LD_LIBRARY_PATH",
        "NUGET_PACKAGES",
    ];

    public static void Fill(IDictionary<string, string?> target, IReadOnlyDictionary<string, string> additional)
    {
        target.Clear();
        foreach (var name in Inherited)
        {
            if (Environment.GetEnvironmentVariable(name) is { Length: > 0 } value)
            {
                target[name] = value;
            }
        }

        // The decoder gets no HOME; where the caches lie is told by name.
        if (Environment.GetEnvironmentVariable("HOME") is { Length: > 0 } home)
        {
            var caches = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } xdg ? xdg : Path.Combine(home, ".cache");
            target.TryAdd("BAILIWICK_CACHE", Path.Combine(caches, "bailiwick"));
            target.TryAdd("NUGET_PACKAGES", Path.Combine(home, ".nuget", "packages"));
        }

        foreach (var (name, value) in additional)
        {
            target[name] = value;
        }

        foreach (var (name, value) in Fixed)
        {
            target[name] = value;
        }
    }
}
