using Microsoft.ML.OnnxRuntime;

namespace Bailiwick.Tests.Models;

/// <summary>A built graph run by ONNX Runtime alone, without GenAI: one sequence with a cache that grows.</summary>
internal sealed class RawDecoder : IDisposable
{
    private const string Logits = "logits";

    private readonly InferenceSession session;
    private readonly string[] caches;
    private readonly long keyValueHeads;
    private readonly long headSize;
    private OrtValue[] past = [];
    private long length;

    static RawDecoder() => OrtEnv.Instance().DisableTelemetryEvents();

    public RawDecoder(string folder, int threads = 2)
    {
        using var options = new SessionOptions { IntraOpNumThreads = threads, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        session = new InferenceSession(Path.Combine(folder, "model.onnx"), options);
        caches = [.. session.InputNames.Where(name => name.StartsWith("past_key_values.", StringComparison.Ordinal))];
        var shape = session.InputMetadata[caches[0]].Dimensions;
        (keyValueHeads, headSize) = (shape[1], shape[3]);
        Vocabulary = session.OutputMetadata[Logits].Dimensions[2];
        Reset();
    }

    public int Vocabulary { get; }

    /// <summary>Forgets the sequence.</summary>
    public void Reset()
    {
        Release(past);
        past = [.. caches.Select(_ => Tensor<float>([], [1, keyValueHeads, 0, headSize]))];
        length = 0;
    }

    /// <summary>Appends tokens in one pass and gives the logits of each: [tokens, vocabulary] (one row with a pruned
    /// head).</summary>
    public float[] Feed(params IReadOnlyList<int> tokens)
    {
        length += tokens.Count;
        using var ids = Tensor(tokens.Select(token => (long)token).ToArray(), [1, tokens.Count]);
        using var mask = Tensor(Enumerable.Repeat(1L, (int)length).ToArray(), [1, length]);
        using var run = new RunOptions();
        string[] outputs = [Logits, .. caches.Select(name => name.Replace("past_key_values", "present", StringComparison.Ordinal))];
        var results = session.Run(run, ["input_ids", "attention_mask", .. caches], [ids, mask, .. past], outputs).ToArray();
        var logits = results[0].GetTensorDataAsSpan<float>().ToArray();
        results[0].Dispose();
        Release(past);
        past = results[1..];
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
        Release(past);
        session.Dispose();
    }

    private static OrtValue Tensor<T>(T[] values, long[] shape) where T : unmanaged =>
        OrtValue.CreateTensorValueFromMemory(values, shape);

    private static void Release(OrtValue[] values)
    {
        foreach (var value in values) value.Dispose();
    }
}
