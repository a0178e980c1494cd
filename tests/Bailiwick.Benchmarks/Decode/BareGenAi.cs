using System.Diagnostics;
using Bailiwick.Decoder.GenAi;

namespace Bailiwick.Benchmarks.Decode;

/// <summary>GenAI's own greedy search over the same build, with nothing of ours around it.</summary>
internal sealed unsafe class BareGenAi : IPeer
{
    private readonly ModelHandle _model;

    public BareGenAi(string folder, int threads)
    {
        NativeRuntime.Load("", "");
        GenAiCall.Check(GenAiNative.OgaCreateConfig(folder, out var rawConfig), "config");
        using var config = new ConfigHandle(rawConfig);
        var overlay = "{\"model\":{\"decoder\":{\"session_options\":{\"intra_op_num_threads\":" + threads + "}}}}";
        GenAiCall.Check(GenAiNative.OgaConfigOverlay(config, overlay), "threads");
        GenAiCall.Check(GenAiNative.OgaCreateModelFromConfig(config, out var model), "model");
        _model = new ModelHandle(model);
    }

    public string Name => "bare GenAI";

    public double PrefillSeconds(int[] prompt)
    {
        using var generator = Open(prompt.Length + 1);
        var start = Stopwatch.GetTimestamp();
        Append(generator, prompt);
        Next(generator);
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    public double DecodeSeconds(int[] prompt, int tokens)
    {
        using var generator = Open(prompt.Length + tokens + 2);
        Append(generator, prompt);
        Next(generator);
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < tokens; i++)
        {
            Next(generator);
        }

        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    public void Dispose() => _model.Dispose();

    private GeneratorHandle Open(int maxLength)
    {
        GenAiCall.Check(GenAiNative.OgaCreateGeneratorParams(_model, out var raw), "parameters");
        using var parameters = new GeneratorParamsHandle(raw, _model);
        GenAiCall.Check(GenAiNative.OgaGeneratorParamsSetSearchNumber(parameters, "max_length", maxLength), "max_length");
        GenAiCall.Check(GenAiNative.OgaGeneratorParamsSetSearchNumber(parameters, "min_length", maxLength), "min_length");
        GenAiCall.Check(GenAiNative.OgaGeneratorParamsSetSearchBool(parameters, "do_sample", false), "do_sample");
        GenAiCall.Check(GenAiNative.OgaCreateGenerator(_model, parameters, out var generator), "generator");
        return new GeneratorHandle(generator, _model);
    }

    private static void Append(GeneratorHandle generator, int[] tokens)
    {
        fixed (int* first = tokens)
        {
            GenAiCall.Check(GenAiNative.OgaGenerator_AppendTokens(generator, first, (nuint)tokens.Length), "append");
        }
    }

    private static void Next(GeneratorHandle generator) =>
        GenAiCall.Check(GenAiNative.OgaGenerator_GenerateNextToken(generator), "generate");
}
