using System.CommandLine;
using System.Globalization;
using Bailiwick.Client;
using Bailiwick.Evidence;
using Bailiwick.Protocol.Inference.V1;
using Bailiwick.Protocol.Receipts;

namespace Bailiwick.Cli.Verbs;

/// <summary>One question and its answer, shown as it comes; then what its receipt is worth.</summary>
internal sealed class ChatExchange(ParseResult parsed, bool isJson, BailiwickClient client, TrustPolicy? trust)
{
    private readonly TextWriter _out = parsed.InvocationConfiguration.Output;
    private readonly TextWriter _error = parsed.InvocationConfiguration.Error;

    public async Task<(int ExitCode, string Answer)> RunAsync(ChatRequest request, CancellationToken cancellationToken)
    {
        var (since, first) = (TimeProvider.System.GetTimestamp(), TimeSpan.Zero);
        var (resumes, turn) = (0, "");
        AnswerStarted? begun = null;
        AnswerEnded? ended = null;
        await foreach (var part in client.ChatAsync(request, cancellationToken))
        {
            switch (part)
            {
                case AnswerStarted started:
                    (begun, turn) = (started, started.Turn);
                    break;
                case AnswerResumed resumed:
                    (resumes, turn) = (resumes + 1, resumed.Turn);
                    await NoteAsync(string.Create(
                        CultureInfo.InvariantCulture, $"connection lost; the answer goes on at {resumed.Gateway.Authority} after {resumed.TokensKept} tokens ({resumed.Gap.TotalMilliseconds:0} ms)"));
                    break;
                case AnswerDelta delta:
                    first = first == TimeSpan.Zero ? TimeProvider.System.GetElapsedTime(since) : first;
                    await ShowAsync(delta.Text, cancellationToken);
                    break;
                case AnswerEnded last:
                    ended = last;
                    await ShowAsync(last.Text + "\n", cancellationToken);
                    break;
                default:
                    break;
            }
        }

        var total = TimeProvider.System.GetElapsedTime(since);
        var report = trust is null ? null : await CheckAsync(request, ended!, cancellationToken);
        var isGood = trust is null || report is { IsGood: true };
        if (isJson)
        {
            ModelsOptions.WriteJson(parsed, new
            {
                Answer = ended!.Answer,
                begun!.Model,
                Turn = turn,
                begun.Seed,
                Finish = ended.Reason.ToString().ToLowerInvariant(),
                ended.PromptTokens,
                ended.AnswerTokens,
                Resumes = resumes,
                FirstTokenMs = (long)first.TotalMilliseconds,
                TotalMs = (long)total.TotalMilliseconds,
                Receipt = ended.Receipt?.ToText(),
                Verified = trust is null ? (bool?)null : isGood,
                Findings = report?.Findings,
            });
        }
        else
        {
            await _error.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"[{begun!.Model} · {ended!.AnswerTokens} tokens in {total.TotalSeconds:0.00} s, first after {first.TotalSeconds:0.00} s · seed {begun.Seed} · turn {turn}]"));
            await TellAsync(ended.Receipt, report);
        }

        return (isGood ? CliExit.Done : CliExit.Failed, ended.Answer);
    }

    private async Task<ReceiptReport?> CheckAsync(ChatRequest request, AnswerEnded ended, CancellationToken cancellationToken) =>
        ended.Receipt is { } receipt
            ? await client.VerifyAsync(
                receipt,
                CanonicalJson.OfRequest(request),
                [ended.Answer, ended.LastTurnAnswer], trust!, cancellationToken)
            : null;

    private async Task TellAsync(Receipt? receipt, ReceiptReport? report)
    {
        if (trust is null)
        {
            return;
        }

        if (receipt is null)
        {
            await _error.WriteLineAsync("NOT VERIFIED: no receipt came.");
            return;
        }

        await _error.WriteLineAsync(report!.IsGood
            ? $"VERIFIED: {Index(report)}; prompt, answer, build and seed are those of the records."
            : "NOT VERIFIED:");
        foreach (var finding in report.Findings.Where(finding => !finding.Holds))
        {
            await _error.WriteLineAsync($"  {finding.Sentence}");
        }
    }

    private static string Index(ReceiptReport report) => string.Join(
        ' ', report.Findings.Where(finding => finding.Check.EndsWith(".proof", StringComparison.Ordinal)).Select(finding => finding.Sentence)).TrimEnd('.');

    private async Task ShowAsync(string text, CancellationToken cancellationToken)
    {
        if (!isJson)
        {
            await _out.WriteAsync(text.AsMemory(), cancellationToken);
            await _out.FlushAsync(cancellationToken);
        }
    }

    private Task NoteAsync(string text) => _error.WriteLineAsync($"[{text}]");
}
