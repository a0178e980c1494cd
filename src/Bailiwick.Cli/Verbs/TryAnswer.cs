using System.CommandLine;
using System.Globalization;
using System.Text;
using Bailiwick.Protocol.Decoder;
using Bailiwick.Protocol.Decoder.V1;
using Reason = Bailiwick.Protocol.Decoder.V1.Finished.Types.Reason;

namespace Bailiwick.Cli.Verbs;

/// <summary>Shows one answer as it comes, then what it cost.</summary>
internal sealed class TryAnswer(ParseResult parsed, bool json, string model, string? digest, Ready ready)
{
    private const int Cancelled = 130;

    private readonly StringBuilder _text = new();
    private double? _firstMs;
    private double _lastMs;
    private int _tokens;
    private int _resumed;

    public async Task<int> RunAsync(IAsyncEnumerable<TurnEvent> events, TimeProvider time)
    {
        var startedAt = time.GetTimestamp();
        Finished? finished = null;
        await foreach (var next in events)
        {
            switch (next.Kind)
            {
                case TurnEventKind.Token:
                    _lastMs = time.GetElapsedTime(startedAt).TotalMilliseconds;
                    _firstMs ??= _lastMs;
                    _tokens++;
                    Show(next.Token.Text);
                    break;
                case TurnEventKind.Resumed:
                    _resumed++;
                    break;
                case TurnEventKind.Finished:
                    finished = next.Finished!;
                    Show(finished.Tail);
                    break;
            }
        }

        Summarize(finished!);
        return finished!.Reason switch
        {
            Reason.Stop or Reason.Length => 0,
            Reason.Cancelled => Cancelled,
            _ => ModelsBorder.Refused,
        };
    }

    private void Show(string text)
    {
        _text.Append(text);
        if (!json && text.Length > 0)
        {
            parsed.InvocationConfiguration.Output.Write(text);
            parsed.InvocationConfiguration.Output.Flush();
        }
    }

    private void Summarize(Finished finished)
    {
        // The first token is prefill's work, so a rate needs two.
        double? rate = _tokens > 1 && _lastMs > _firstMs ? Math.Round((_tokens - 1) * 1000 / (_lastMs - _firstMs!.Value), 1) : null;
        if (json)
        {
            ModelsOptions.WriteJson(parsed, new
            {
                Model = model,
                BuildDigest = digest,
                Answer = _text.ToString(),
                FinishReason = Name(finished.Reason),
                finished.PromptTokens,
                finished.AnswerTokens,
                TimeToFirstTokenMs = _firstMs is { } first ? Math.Round(first, 1) : (double?)null,
                TokensPerSecond = rate,
                ready.LoadMs,
                ready.Runtime,
                Resumed = _resumed,
                Error = finished.Problem is { } problem ? new { problem.Code, problem.Sentence } : null,
            });
        }
        else if (_text.Length > 0)
        {
            parsed.InvocationConfiguration.Output.WriteLine();
        }

        var error = parsed.InvocationConfiguration.Error;
        if (finished.Reason is Reason.Refused or Reason.Error or Reason.Deadline)
        {
            error.WriteLine(finished.Problem?.Sentence ?? $"The turn ended with {Name(finished.Reason)}.");
        }
        else if (!json)
        {
            error.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{_firstMs ?? 0:0} ms to first token, {rate ?? 0:0.0} tokens/s, {finished.AnswerTokens} tokens, finish: {Name(finished.Reason)}, build: {digest ?? "a folder outside the store"}"));
        }
    }

    private static string Name(Reason reason) => reason.ToString().ToLowerInvariant();
}
