using System.Diagnostics;
using Bailiwick.Protocol.Decoder;
using Bailiwick.Protocol.Decoder.V1;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bailiwick.Benchmarks.Decode;

/// <summary>Our decoder as it is used: a process of its own, isolated, spoken to through its frames.</summary>
internal sealed class OurDecoder : IPeer
{
    private readonly DecoderLink _link;

    private OurDecoder(DecoderLink link) => _link = link;

    public string Name => "Bailiwick";

    public static async Task<OurDecoder> StartAsync(Load load, CancellationToken cancellationToken)
    {
        var options = new DecoderLinkOptions { Load = load };
        var link = await DecoderLink.StartAsync(options, TimeProvider.System, NullLogger.Instance, cancellationToken);
        return link.State.Phase == DecoderPhase.Ready
            ? new OurDecoder(link)
            : throw new InvalidOperationException(link.State.Loss?.Problem.Sentence ?? "the decoder is not ready");
    }

    public double PrefillSeconds(int[] prompt) => RunAsync(prompt, 1).GetAwaiter().GetResult().FirstToken;

    public double DecodeSeconds(int[] prompt, int tokens) => RunAsync(prompt, tokens + 1).GetAwaiter().GetResult().Others;

    /// <summary>Seconds to the first token, and from it to the last.</summary>
    public async Task<(double FirstToken, double Others)> RunAsync(int[] prompt, int tokens)
    {
        var submit = new Submit { Ids = new TokenIds { Id = { prompt } }, MaxTokens = tokens, IgnoreEos = true };
        var start = Stopwatch.GetTimestamp();
        long first = 0, last = 0;
        var seen = 0;
        await foreach (var next in _link.RunAsync(submit, CancellationToken.None))
        {
            if (next.Kind == TurnEventKind.Token)
            {
                last = Stopwatch.GetTimestamp();
                first = first == 0 ? last : first;
                seen++;
            }
            else if (next.Finished is { Reason: not Finished.Types.Reason.Length } finished)
            {
                throw new InvalidOperationException($"the turn ended with {finished.Reason}: {finished.Problem?.Sentence}");
            }
        }

        return seen == tokens
            ? (Stopwatch.GetElapsedTime(start, first).TotalSeconds, Stopwatch.GetElapsedTime(first, last).TotalSeconds)
            : throw new InvalidOperationException($"{seen} of {tokens} tokens came");
    }

    public void Dispose() => _link.DisposeAsync().AsTask().GetAwaiter().GetResult();
}
