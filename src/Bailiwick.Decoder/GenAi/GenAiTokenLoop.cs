using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Bailiwick.Decoder.Loop;

namespace Bailiwick.Decoder.GenAi;

/// <summary>
/// The forward pass by ONNX Runtime GenAI: one generator per row, stepped in turn. A chosen token is handed over as
/// one-hot logits from which GenAI's own greedy search picks it (0.99 of its native speed; AppendTokens: 0.97).
/// </summary>
internal sealed unsafe class GenAiTokenLoop : ITokenLoop
{
    private readonly ModelHandle _model;
    private readonly HashSet<int> _stopIds;
    private readonly float* _oneHot;
    private readonly TensorHandle _oneHotTensor;
    private bool _disposed;

    private GenAiTokenLoop(ModelHandle model, GenAiFolder folder)
    {
        _model = model;
        ContextTokens = folder.ContextTokens;
        Vocabulary = folder.Vocabulary;
        _stopIds = [.. folder.StopIds];
        _oneHot = (float*)NativeMemory.AllocZeroed((nuint)Vocabulary, sizeof(float));
        var dimensions = stackalloc long[] { 1, Vocabulary };
        try
        {
            GenAiCall.Check(
                GenAiNative.OgaCreateTensorFromBuffer(_oneHot, dimensions, 2, GenAiNative.Float32, out var tensor), "create tensor");
            _oneHotTensor = new TensorHandle(tensor);
        }
        catch
        {
            NativeMemory.Free(_oneHot);
            throw;
        }
    }

    public int ContextTokens { get; }

    public int Vocabulary { get; }

    public bool ExactResume => true;

    /// <summary>Loads a checked folder.</summary>
    /// <param name="folder">Checked, so that GenAI sees no key that could load a library.</param>
    /// <param name="threads">Intra-op threads, 0 = what the folder says.</param>
    internal static GenAiTokenLoop Load(GenAiFolder folder, int threads)
    {
        GenAiCall.Check(GenAiNative.OgaCreateConfig(folder.Directory, out var rawConfig), "read genai_config.json");
        using var config = new ConfigHandle(rawConfig);
        // No token is padding here: GenAI skips it at the end of a prompt, which may end with any token.
        GenAiCall.Check(GenAiNative.OgaConfigOverlay(config, """{"model":{"pad_token_id":-1}}"""), "unset the padding token");
        if (threads > 0)
        {
            var overlay = "{\"model\":{\"decoder\":{\"session_options\":{\"intra_op_num_threads\":" + threads + "}}}}";
            GenAiCall.Check(GenAiNative.OgaConfigOverlay(config, overlay), "set threads");
        }

        GenAiCall.Check(GenAiNative.OgaCreateModelFromConfig(config, out var rawModel), "load model");
        var model = new ModelHandle(rawModel);
        try
        {
            return new GenAiTokenLoop(model, folder);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    public bool TryOpen(int maxTokens, [NotNullWhen(true)] out ITokenRow? row, [NotNullWhen(false)] out string? failure)
    {
        (row, failure) = (null, null);
        try
        {
            row = Open(maxTokens);
            return true;
        }
        catch (GenAiException refusal)
        {
            failure = refusal.Message;
            return false;
        }
    }

    public void Prefill(ITokenRow row, ReadOnlySpan<int> tokens)
    {
        var own = (GenAiRow)row;
        try
        {
            Append(own.Generator, tokens);
            ReadLogits(own);
        }
        catch (GenAiException failure)
        {
            own.Failure = failure.Message;
        }
    }

    public void Step(ReadOnlySpan<ITokenRow> rows, ReadOnlySpan<int> tokens)
    {
        for (var i = 0; i < rows.Length; i++)
        {
            var own = (GenAiRow)rows[i];
            try
            {
                StepOne(own.Generator, tokens[i]);
                ReadLogits(own);
            }
            catch (GenAiException failure)
            {
                own.Failure = failure.Message;
            }
        }
    }

    public void CopyLogits(ITokenRow row, Span<float> destination) =>
        new ReadOnlySpan<float>(((GenAiRow)row).Logits, Vocabulary).CopyTo(destination);

    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            _oneHotTensor.Dispose();
            NativeMemory.Free(_oneHot);
            _model.Dispose();
        }
    }

    private GenAiRow Open(int maxTokens)
    {
        GenAiCall.Check(GenAiNative.OgaCreateGeneratorParams(_model, out var rawParameters), "create parameters");
        using var parameters = new GeneratorParamsHandle(rawParameters, _model);
        SetNumber(parameters, "max_length", maxTokens);
        SetNumber(parameters, "batch_size", 1);
        SetNumber(parameters, "num_beams", 1);

        // Whatever the folder says: GenAI's search must pick the one-hot token, nothing else.
        SetNumber(parameters, "min_length", 0);
        SetNumber(parameters, "repetition_penalty", 1);
        SetNumber(parameters, "no_repeat_ngram_size", 0);
        GenAiCall.Check(
            GenAiNative.OgaGeneratorParamsSetSearchBool(parameters, "do_sample", value: false), "set parameter do_sample");
        GenAiCall.Check(GenAiNative.OgaCreateGenerator(_model, parameters, out var rawGenerator), "create generator");
        return new GenAiRow(new GeneratorHandle(rawGenerator, _model));
    }

    private void StepOne(GeneratorHandle generator, int token)
    {
        if (_stopIds.Contains(token))
        {
            // GenAI's search ends at a stop id without appending it; only with ignore_eos does one come here.
            Append(generator, new ReadOnlySpan<int>(in token));
            return;
        }

        _oneHot[token] = 1;
        try
        {
            GenAiCall.Check(GenAiNative.OgaGenerator_SetLogits(generator, _oneHotTensor), "set logits");
        }
        finally
        {
            _oneHot[token] = 0;
        }

        // Appends the token; the forward pass over it runs when the next logits are asked for.
        GenAiCall.Check(GenAiNative.OgaGenerator_GenerateNextToken(generator), "generate");
    }

    private static void Append(GeneratorHandle generator, ReadOnlySpan<int> tokens)
    {
        fixed (int* first = tokens)
        {
            GenAiCall.Check(GenAiNative.OgaGenerator_AppendTokens(generator, first, (nuint)tokens.Length), "append tokens");
        }
    }

    // The tensor is a copy that GenAI makes for every call; the row keeps it until the next, so that the values are copied
    // once more only. No SafeHandle: that would be an object with a finalizer for every token.
    private void ReadLogits(GenAiRow row)
    {
        GenAiCall.Check(GenAiNative.OgaGenerator_GetLogits(row.Generator, out var tensor), "get logits");
        row.Hold(tensor);
        RequireShape(tensor);
        GenAiCall.Check(GenAiNative.OgaTensorGetData(tensor, out var data), "read logits");
        row.Logits = (float*)data;
    }

    // [1, 1, vocabulary] of float32. The folder is untrusted: never read past what the tensor says it holds.
    private void RequireShape(nint tensor)
    {
        const int expectedRank = 3;
        var dimensions = stackalloc long[expectedRank];
        GenAiCall.Check(GenAiNative.OgaTensorGetType(tensor, out var type), "read logits' type");
        GenAiCall.Check(GenAiNative.OgaTensorGetShapeRank(tensor, out var rank), "read logits' rank");
        if (rank == expectedRank)
        {
            GenAiCall.Check(GenAiNative.OgaTensorGetShape(tensor, dimensions, rank), "read logits' shape");
        }

        if (type != GenAiNative.Float32 || rank != expectedRank
            || dimensions[0] != 1 || dimensions[1] != 1 || dimensions[2] != Vocabulary)
        {
            throw new GenAiException("logits of another shape than genai_config.json's vocab_size", "");
        }
    }

    private static void SetNumber(GeneratorParamsHandle parameters, string name, double value) =>
        GenAiCall.Check(GenAiNative.OgaGeneratorParamsSetSearchNumber(parameters, name, value), "set parameter " + name);

    private sealed class GenAiRow(GeneratorHandle generator) : ITokenRow
    {
        private nint _tensor;

        internal GeneratorHandle Generator { get; } = generator;

        /// <summary>The logits inside the tensor that is held.</summary>
        internal float* Logits { get; set; }

        public string? Failure { get; internal set; }

        /// <summary>Owns the tensor from here on; frees the one before.</summary>
        internal void Hold(nint tensor)
        {
            if (_tensor != 0)
            {
                GenAiNative.OgaDestroyTensor(_tensor);
            }

            _tensor = tensor;
            Logits = null;
        }

        public void Dispose()
        {
            Hold(0);
            Generator.Dispose();
        }
    }
}
