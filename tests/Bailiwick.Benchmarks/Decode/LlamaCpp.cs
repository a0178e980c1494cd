using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Bailiwick.Benchmarks.Decode;

/// <summary>
/// llama.cpp driven natively through libllama of the npm package @node-llama-cpp/linux-x64 (0.5.0). Its parameter structs are
/// large and change; they are passed as opaque blocks whose known fields are found by their documented defaults, and a library
/// whose defaults lie elsewhere is refused.
/// </summary>
internal sealed unsafe partial class LlamaCpp : IPeer
{
    private const string Llama = "libllama";
    private const int ContextOffset = 0, BatchOffset = 1, MicroBatchOffset = 2, ThreadsOffset = 7, BatchThreadsOffset = 8;
    private readonly nint _model;
    private readonly nint _context;
    private readonly int _vocabulary;

    public LlamaCpp(string folder, string gguf, int threads, int contextTokens)
    {
        foreach (var library in (string[])["libggml-base.so", "libggml.v0.5.0.so"])
        {
            NativeLibrary.Load(Path.Combine(folder, library));
        }

        var handle = NativeLibrary.Load(Path.Combine(folder, "libllama.v0.5.0.so"));
        NativeLibrary.SetDllImportResolver(typeof(LlamaCpp).Assembly, (name, _, _) => name == Llama ? handle : 0);
        var ggml = NativeLibrary.Load(Path.Combine(folder, "libggml.v0.5.0.so"));
        var loadAll = (delegate* unmanaged<byte*, void>)NativeLibrary.GetExport(ggml, "ggml_backend_load_all_from_path");
        fixed (byte* path = System.Text.Encoding.UTF8.GetBytes(folder + '\0'))
        {
            loadAll(path);
        }

        Silence();
        var parameters = llama_context_default_params();
        if (parameters[ContextOffset] != 512 || parameters[BatchOffset] != 2048 || parameters[MicroBatchOffset] != 512
            || parameters[ThreadsOffset] != 4 || parameters[BatchThreadsOffset] != 4)
        {
            throw new NotSupportedException("libllama's parameters are not where version 0.5.0 has them");
        }

        parameters[ContextOffset] = contextTokens;
        parameters[ThreadsOffset] = threads;
        parameters[BatchThreadsOffset] = threads;
        fixed (byte* path = System.Text.Encoding.UTF8.GetBytes(gguf + '\0'))
        {
            _model = llama_model_load_from_file(path, llama_model_default_params());
        }

        _context = _model == 0 ? 0 : llama_init_from_model(_model, parameters);
        if (_context == 0)
        {
            throw new InvalidOperationException("llama.cpp could not load " + Path.GetFileName(gguf));
        }

        _vocabulary = llama_vocab_n_tokens(llama_model_get_vocab(_model));
    }

    public string Name => "llama.cpp";

    public double PrefillSeconds(int[] prompt)
    {
        llama_memory_clear(llama_get_memory(_context), 1);
        var start = Stopwatch.GetTimestamp();
        Decode(prompt);
        _ = Greedy();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    public double DecodeSeconds(int[] prompt, int tokens)
    {
        _ = PrefillSeconds(prompt);
        var next = Greedy();
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < tokens; i++)
        {
            Decode([next]);
            next = Greedy();
        }

        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    public void Dispose()
    {
        llama_free(_context);
        llama_model_free(_model);
    }

    private void Decode(ReadOnlySpan<int> tokens)
    {
        fixed (int* first = tokens)
        {
            if (llama_decode(_context, llama_batch_get_one(first, tokens.Length)) != 0)
            {
                throw new InvalidOperationException("llama_decode failed");
            }
        }
    }

    private int Greedy() =>
        System.Numerics.Tensors.TensorPrimitives.IndexOfMax(new ReadOnlySpan<float>(llama_get_logits_ith(_context, -1), _vocabulary));

    private static void Silence() => llama_log_set(&Ignore, null);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Ignore(int level, byte* text, void* user)
    {
    }

    [LibraryImport(Llama)]
    private static partial void llama_log_set(delegate* unmanaged[Cdecl]<int, byte*, void*, void> log, void* user);

    [LibraryImport(Llama)]
    private static partial Block llama_context_default_params();

    [LibraryImport(Llama)]
    private static partial Block llama_model_default_params();

    [LibraryImport(Llama)]
    private static partial nint llama_model_load_from_file(byte* path, Block parameters);

    [LibraryImport(Llama)]
    private static partial nint llama_init_from_model(nint model, Block parameters);

    [LibraryImport(Llama)]
    private static partial nint llama_model_get_vocab(nint model);

    [LibraryImport(Llama)]
    private static partial int llama_vocab_n_tokens(nint vocab);

    [LibraryImport(Llama)]
    private static partial nint llama_get_memory(nint context);

    [LibraryImport(Llama)]
    private static partial void llama_memory_clear(nint memory, byte data);

    [LibraryImport(Llama)]
    private static partial Batch llama_batch_get_one(int* tokens, int count);

    [LibraryImport(Llama)]
    private static partial int llama_decode(nint context, Batch batch);

    [LibraryImport(Llama)]
    private static partial float* llama_get_logits_ith(nint context, int index);

    [LibraryImport(Llama)]
    private static partial void llama_free(nint context);

    [LibraryImport(Llama)]
    private static partial void llama_model_free(nint model);

    /// <summary>Larger than either parameter struct; both are passed in memory, so what lies behind them is never read.</summary>
    [InlineArray(128)]
    private struct Block
    {
        private int _first;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Batch
    {
        public int Count;
        public int* Tokens;
        public float* Embeddings;
        public int* Positions;
        public int* SequenceCounts;
        public int** Sequences;
        public byte* Logits;
    }
}
