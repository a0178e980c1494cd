using System.Diagnostics;
using System.Numerics.Tensors;
using Microsoft.ML.OnnxRuntime;

namespace Bailiwick.Benchmarks.Decode;

/// <summary>The same graph in plain ONNX Runtime: one row, past and present in one buffer, greedy.</summary>
internal sealed class RawOnnx : IPeer
{
    private readonly InferenceSession _session;
    private readonly int _layers, _heads, _width, _vocabulary, _contextTokens;

    public RawOnnx(string folder, int threads, int contextTokens)
    {
        using var options = new SessionOptions { IntraOpNumThreads = threads, InterOpNumThreads = 1 };
        _session = new InferenceSession(Path.Combine(folder, "model.onnx"), options);
        _contextTokens = contextTokens;
        _layers = _session.InputMetadata.Keys.Count(name => name.EndsWith(".key", StringComparison.Ordinal));
        var key = _session.InputMetadata["past_key_values.0.key"].Dimensions;
        (_heads, _width) = (key[1], key[3]);
        _vocabulary = _session.OutputMetadata["logits"].Dimensions[2];
    }

    public string Name => "raw ONNX Runtime";

    public double PrefillSeconds(int[] prompt)
    {
        using var row = new Row(this);
        var start = Stopwatch.GetTimestamp();
        _ = row.Step(prompt);
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    public double DecodeSeconds(int[] prompt, int tokens)
    {
        using var row = new Row(this);
        var next = row.Step(prompt);
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < tokens; i++)
        {
            next = row.Step([next]);
        }

        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    public void Dispose() => _session.Dispose();

    private sealed class Row : IDisposable
    {
        private readonly RawOnnx _owner;
        private readonly OrtIoBinding _binding;
        private readonly RunOptions _run = new();
        private readonly List<OrtValue> _cache = [];
        private readonly long[] _mask;
        private int _length;

        public Row(RawOnnx owner)
        {
            _owner = owner;
            _binding = owner._session.CreateIoBinding();
            _mask = new long[owner._contextTokens];
            Array.Fill(_mask, 1);
            var allocator = OrtAllocator.DefaultInstance;
            for (var layer = 0; layer < owner._layers; layer++)
            {
                foreach (var part in (string[])["key", "value"])
                {
                    var value = OrtValue.CreateAllocatedTensorValue(
                        allocator, Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Float, [1, owner._heads, owner._contextTokens, owner._width]);
                    _cache.Add(value);
                    _binding.BindInput($"past_key_values.{layer}.{part}", value);
                    _binding.BindOutput($"present.{layer}.{part}", value);
                }
            }
        }

        public int Step(int[] tokens)
        {
            var ids = Array.ConvertAll(tokens, token => (long)token);
            _length += tokens.Length;
            using var input = OrtValue.CreateTensorValueFromMemory(ids, [1, ids.Length]);
            using var mask = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, _mask.AsMemory(0, _length), [1, _length]);
            _binding.BindInput("input_ids", input);
            _binding.BindInput("attention_mask", mask);
            _binding.BindOutputToDevice("logits", OrtMemoryInfo.DefaultInstance);
            _owner._session.RunWithBinding(_run, _binding);
            using var outputs = _binding.GetOutputValues();
            var names = _binding.GetOutputNames();
            var logits = outputs[Array.IndexOf(names, "logits")].GetTensorDataAsSpan<float>();
            return TensorPrimitives.IndexOfMax(logits[^_owner._vocabulary..]);
        }

        public void Dispose()
        {
            _binding.Dispose();
            _run.Dispose();
            _cache.ForEach(value => value.Dispose());
        }
    }
}
