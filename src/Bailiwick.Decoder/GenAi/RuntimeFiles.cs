using Bailiwick.Decoder.Loop;
using Bailiwick.Protocol;

namespace Bailiwick.Decoder.GenAi;

/// <summary>
/// Where the two native libraries are looked for. The first that exists wins: the option of the Load frame, the
/// environment (BAILIWICK_GENAI, BAILIWICK_ONNXRUNTIME), the cache that infra/get-genai.sh fills, NuGet's folders
/// beside the application.
/// </summary>
internal static class RuntimeFiles
{
    internal const string GenAiName = "libonnxruntime-genai.so";
    internal const string OnnxRuntimeName = "libonnxruntime.so";
    private const string CachedVersion = "genai-0.15.2";

    /// <exception cref="DecoderProblemException">A place that was named holds no file, or no place holds one.</exception>
    internal static string GenAi(string option) =>
        Named(option, "Load.genai_library", "BAILIWICK_GENAI")
        ?? FirstThatExists([Path.Combine(Cache(), CachedVersion, GenAiName), .. BesideTheApplication(GenAiName)])
        ?? throw Absent(GenAiName, "run infra/get-genai.sh, or set BAILIWICK_GENAI to its path");

    /// <inheritdoc cref="GenAi"/>
    internal static string OnnxRuntime(string option) =>
        Named(option, "Load.onnxruntime_library", "BAILIWICK_ONNXRUNTIME")
        ?? FirstThatExists(BesideTheApplication(OnnxRuntimeName))
        ?? throw Absent(OnnxRuntimeName, "restore the NuGet package Microsoft.ML.OnnxRuntime, or set BAILIWICK_ONNXRUNTIME to its path");

    private static string? Named(string option, string optionName, string variable)
    {
        if (option.Length > 0)
        {
            return Existing(option, optionName);
        }

        return Environment.GetEnvironmentVariable(variable) is { Length: > 0 } path ? Existing(path, variable) : null;
    }

    private static string Existing(string path, string namedBy) =>
        File.Exists(path)
            ? Path.GetFullPath(path)
            : throw new DecoderProblemException(Errors.Invalid, $"{path}, named by {namedBy}, is not a file.");

    private static string? FirstThatExists(IEnumerable<string> paths) => paths.FirstOrDefault(File.Exists);

    private static string[] BesideTheApplication(string name) =>
    [
        Path.Combine(AppContext.BaseDirectory, name),
        Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native", name),
    ];

    private static string Cache()
    {
        if (Environment.GetEnvironmentVariable("BAILIWICK_CACHE") is { Length: > 0 } own)
        {
            return own;
        }

        var shared = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } xdg
            ? xdg
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        return Path.Combine(shared, "bailiwick");
    }

    private static DecoderProblemException Absent(string name, string advice) =>
        new(Errors.Invalid, $"{name} was not found: {advice}.");
}
