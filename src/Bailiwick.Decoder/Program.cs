using Bailiwick.Decoder.Frames;
using Bailiwick.Decoder.Simulation;
using Bailiwick.Protocol.Decoder;

namespace Bailiwick.Decoder;

/// <summary>The decoder process: frames on stdin and stdout, logs on stderr, no network.</summary>
internal static class Program
{
    private const string Usage = """
        usage: bailiwick-decoder                        serve one model over frames (started by a silo or the CLI)
               bailiwick-decoder --simulate PROFILE     the same frames, deterministic tokens, timing from a JSON profile
               bailiwick-decoder --check FOLDER [--allow-unisolated]
                                                       load tokenizer and template of a model folder, print a verdict (JSON)
        """;

    public static async Task<int> Main(string[] args)
    {
        // Before anything else is loaded: first the walls, then the work.
        var isolation = Sandbox.Enter();
        using var signals = new GroupSignals();
        try
        {
            switch (args)
            {
                case []:
                    return await ServeAsync(isolation, (request, emit, flush) =>
                        LoadedEngine.LoadAsync(request, TimeProvider.System, emit, flush));
                case ["--check", var folder]:
                    return ModelCheck.Run(folder, isolation, allowUnisolated: false, Console.Out);
                case ["--check", var folder, "--allow-unisolated"]:
                    return ModelCheck.Run(folder, isolation, allowUnisolated: true, Console.Out);
                case ["--simulate", var profile]:
                    return await ServeAsync(isolation, (request, emit, flush) =>
                        SimulatedEngine.LoadAsync(profile, request, TimeProvider.System, emit, flush));
                default:
                    await Console.Error.WriteLineAsync(Usage);
                    return ExitCode.Usage;
            }
        }
        catch (Exception problem)
        {
            // The process's border. The message may hold payload; the type and the place cannot.
            await Console.Error.WriteLineAsync($"decoder: {problem.GetType().FullName} {problem.StackTrace}");
            return ExitCode.Internal;
        }
    }

    private static async Task<int> ServeAsync(Protocol.Decoder.V1.Isolation isolation, EngineLoader load)
    {
        var (input, output, isWritable) = StandardStreams.Take();
        using var host = new FrameHost(input, new FrameWriter(output, "frames-out", isWritable), isolation, load, TimeProvider.System);
        return await host.RunAsync();
    }
}
