using Microsoft.ML.OnnxRuntime;

namespace Bailiwick.Tests.Models;

/// <summary>A built graph run by ONNX Runtime alone, without GenAI: one sequence with a cache that grows.</summary>
internal sealed class RawDecoder : IDisposable
{
    private const string Logits = "logits";

    private readonly InferenceSession _session;
    private readonly string[] _caches;
    private readonly long _keyValueHeads;
    private readonly long _headSize;
    private OrtValue[] _past = [];
    private long _length;

    static RawDecoder() => OrtEnv.Instance().DisableTelemetryEvents();

    // One thread: see EngineFixture.
    public RawDecoder(string folder)
    {
        using var options = new SessionOptions { IntraOpNumThreads = 1, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        _session = new InferenceSession(Path.Combine(folder, "model.onnx"), options);
        _caches = [.. _session.InputNames.Where(name => name.StartsWith("past_key_values.", StringComparison.Ordinal))];
        var shape = _session.InputMetadata[_caches[0]].Dimensions;
        (_keyValueHeads, _headSize) = (shape[1], shape[3]);
        Vocabulary = _session.OutputMetadata[Logits].Dimensions[2];
        Reset();
    }

    public int Vocabulary { get; }

    /// <summary>Forgets the sequence.</summary>
    public void Reset()
    {
        Release(_past);
        _past = [.. _caches.Select(_ => Tensor<float>([], [1, _keyValueHeads, 0, _headSize]))];
        _length = 0;
    }

    /// <summary>Appends tokens in one pass and gives the logits of each: [tokens, vocabulary] (one row with a pruned
    /// head).</summary>
    public float[] Feed(params IReadOnlyList<int> tokens)
    {
        _length += tokens.Count;
        using var ids = Tensor(tokens.Select(token => (long)token).ToArray(), [1, tokens.Count]);
        using var mask = Tensor(Enumerable.Repeat(1L, (int)_length).ToArray(), [1, _length]);
        using var run = new RunOptions();
        string[] outputs = [Logits, .. _caches.Select(name => name.Replace("past_key_values", "present", StringComparison.Ordinal))];
        var results = _session.Run(run, ["input_ids", "attention_mask", .. _caches], [ids, mask, .. _past], outputs).ToArray();
        var logits = results[0].GetTensorDataAsSpan<float>().ToArray();
        results[0].Dispose();
        Release(_past);
        _past = results[1..];
        return logits;
    }

    /// <summary>Feeds tokens in pieces of these sizes and gives all their logits.</summary>
    public float[] FeedInPieces(IReadOnlyList<int> tokens, IEnumerable<int> sizes)
    {
        var logits = new List<float>();
        var from = 0;
        foreach (var size in sizes)
        {
            logits.AddRange(Feed([.. tokens.Skip(from).Take(size)]));
            from += size;
        }

        Assert.Equal(tokens.Count, from);
        return [.. logits];
    }

    public void Dispose()
    {
        Release(_past);
        _session.Dispose();
    }

    private static OrtValue Tensor<T>(T[] values, long[] shape) where T : unmanaged =>
        OrtValue.CreateTensorValueFromMemory(values, shape);

    private static void Release(OrtValue[] values)
    {
        foreach (var value in values) value.Dispose();
    }
}
