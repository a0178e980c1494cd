using System.Text.Json;
using System.Text.Json.Nodes;
using Bailiwick.Decoder.Loop;
using Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Benchmarks.Decode;

/// <summary>
/// One stream of the default model through our decoder and through its peers, in turn in one run, medians of five; and
/// what our frames and our loop cost by themselves.
/// </summary>
internal static class DecodeBenchmark
{
    private const int Rounds = 5;
    private const int Threads = 2;
    private const int PromptTokens = 64;
    private const int AnswerTokens = 128;
    private const int PrefillTokens = 512;
    private const int ContextTokens = 1024;

    /// <param name="model">Folder of the default model's build.</param>
    /// <param name="gguf">The file that it was built from.</param>
    /// <param name="llama">Folder of libllama.</param>
    /// <param name="cancellationToken">Ends the start of decoders.</param>
    public static async Task<JsonObject> MeasureAsync(string model, string gguf, string llama, CancellationToken cancellationToken)
    {
        var text = LongestPrompt();
        var (prompt, longPrompt) = (text[..PromptTokens], text[..PrefillTokens]);
        var load = new Load { ModelDirectory = model, Threads = Threads };
        using var ours = await OurDecoder.StartAsync(load, cancellationToken);
        using var genAi = new BareGenAi(model, Threads);
        using var raw = new RawOnnx(model, Threads, ContextTokens);
        using var cpp = new LlamaCpp(llama, gguf, Threads, ContextTokens);
        IPeer[] peers = [ours, genAi, raw, cpp];

        var decode = peers.ToDictionary(peer => peer.Name, _ => new List<double>());
        var prefill = peers.ToDictionary(peer => peer.Name, _ => new List<double>());
        for (var round = -1; round < Rounds; round++)
        {
            foreach (var peer in peers)
            {
                var rates = (Decode: AnswerTokens / peer.DecodeSeconds(prompt, AnswerTokens), Prefill: PrefillTokens / peer.PrefillSeconds(longPrompt));
                if (round >= 0)
                {
                    decode[peer.Name].Add(rates.Decode);
                    prefill[peer.Name].Add(rates.Prefill);
                }
            }
        }

        return new JsonObject
        {
            ["threads"] = Threads,
            ["decode_tokens_per_second"] = Rates(decode),
            ["prefill_512_tokens_per_second"] = Rates(prefill),
            ["decode_over_bare_genai"] = Ratio(decode, ours, genAi),
            ["decode_over_llama_cpp"] = Ratio(decode, ours, cpp),
            ["prefill_over_llama_cpp"] = Ratio(prefill, ours, cpp),
            ["loop_allocated_bytes_per_token"] = LoopBytes(load, prompt),
            ["frames"] = await FrameBenchmark.MeasureAsync(cancellationToken),
        };
    }

    private static int[] LongestPrompt()
    {
        using var reference = JsonDocument.Parse(File.ReadAllBytes(
            Path.Combine(Checkout.Root, "tests/fixtures/smollm2-135m-instruct/reference.json")));
        return reference.RootElement.GetProperty("prompts").EnumerateArray()
            .Select(prompt => prompt.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()).ToArray())
            .MaxBy(ids => ids.Length)!;
    }

    /// <summary>Managed bytes that a token costs in the decoder's loop, after warm-up.</summary>
    private static double LoopBytes(Load load, int[] prompt)
    {
        using var done = new SemaphoreSlim(0);
        using var engine = DecodeEngine.Load(load, TimeProvider.System, frame =>
        {
            if (frame.FrameCase == FromDecoder.FrameOneofCase.Finished)
            {
                done.Release();
            }
        }, static () => { }).Engine!;
        long Run(int tokens)
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            engine.Submit(new Submit { Turn = $"t{tokens}", Ids = new TokenIds { Id = { prompt } }, MaxTokens = tokens, IgnoreEos = true });
            done.Wait();
            return GC.GetTotalAllocatedBytes(precise: true) - before;
        }

        Run(AnswerTokens);
        var (few, many) = (Run(AnswerTokens), Run(3 * AnswerTokens));
        return Math.Round((many - few) / (2.0 * AnswerTokens), 1);
    }

    private static JsonObject Rates(Dictionary<string, List<double>> rates) =>
        new(rates.Select(entry => KeyValuePair.Create(entry.Key, (JsonNode?)Math.Round(Median(entry.Value), 1))));

    private static double Ratio(Dictionary<string, List<double>> rates, IPeer a, IPeer b) =>
        Math.Round(Median(rates[a.Name]) / Median(rates[b.Name]), 3);

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
