using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Decoder.Simulation;

/// <summary>One turn of a simulated decoder. Its tokens depend on (seed, position) alone. One owner.</summary>
internal sealed class SimulatedTurn(Submit request, SimulationProfile profile, TimeSpan receivedAt)
{
    private const int CharactersPerToken = 4;
    private const int DefaultMaxTokens = 256;

    private readonly IReadOnlyList<ToolCallPiece>? _call = SimulatedCall.Of(request, profile.Calls);

    public Submit Request => request;

    /// <summary>Answer tokens so far, forced ones included.</summary>
    public int Position { get; set; }

    public int PromptTokens { get; } = CountPrompt(request);

    public int MaxTokens { get; } = request.MaxTokens > 0 ? request.MaxTokens : DefaultMaxTokens;

    public int KvBlocks { get; private set; }

    public bool Cancelled { get; set; }

    public TimeSpan? StartedAt { get; set; }

    public TimeSpan? FirstTokenAt { get; set; }

    /// <summary>What has left already; these positions are stepped but not emitted.</summary>
    public bool IsForced => Position < request.Emitted.Count;

    /// <summary>Reserves for the longest answer, as the real loop does.</summary>
    public int Reserve(int blockTokens) => KvBlocks = (PromptTokens + MaxTokens + blockTokens - 1) / blockTokens;

    /// <summary>Why the turn ends here; null while it goes on.</summary>
    public Finished.Types.Reason? EndAt(TimeSpan now) => this switch
    {
        { Cancelled: true } => Finished.Types.Reason.Cancelled,
        _ when request.DeadlineMs > 0 && (now - receivedAt).TotalMilliseconds >= request.DeadlineMs => Finished.Types.Reason.Deadline,
        _ when _call is not null && Position >= _call.Count => Finished.Types.Reason.ToolCalls,
        _ when _call is null && profile.AnswerTokens > 0 && Position >= profile.AnswerTokens && !request.IgnoreEos => Finished.Types.Reason.Stop,
        _ when Position >= MaxTokens => Finished.Types.Reason.Length,
        _ => null,
    };

    public Finished Describe(Finished.Types.Reason reason, Problem? problem, TimeSpan now) => new()
    {
        Turn = request.Turn,
        Reason = reason,
        PromptTokens = PromptTokens,
        AnswerTokens = Position,
        Problem = problem,
        Timings = new Timings
        {
            QueueUs = (long)((StartedAt ?? now) - receivedAt).TotalMicroseconds,
            FirstTokenUs = FirstTokenAt is { } first ? (long)(first - receivedAt).TotalMicroseconds : 0,
            DecodeUs = FirstTokenAt is { } from ? (long)(now - from).TotalMicroseconds : 0,
        },
    };

    /// <summary>Fills in the token at the turn's position.</summary>
    public void Write(Token token, int vocabulary)
    {
        token.Id = TokenAt(request.Sampling?.Seed ?? 0, Position, vocabulary);
        token.Text = _call is null ? TextOf(token.Id) : "";
        token.Call.Clear();
        if (_call is not null)
        {
            token.Call.Add(_call[Position]);
        }
    }

    /// <summary>The token at a position: SplitMix64 (Steele, Lea, Flood 2014) of seed and position.</summary>
    public static int TokenAt(ulong seed, int position, int vocabulary)
    {
        var z = seed + ((ulong)position + 1) * 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return (int)((z ^ (z >> 31)) % (ulong)vocabulary);
    }

    public static string TextOf(int token) => string.Create(CultureInfo.InvariantCulture, $" t{token}");

    public static int Count(string text) => (text.Length + CharactersPerToken - 1) / CharactersPerToken;

    public string PromptDigest() => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(request.PromptCase switch
    {
        Submit.PromptOneofCase.Text => request.Text,
        Submit.PromptOneofCase.Chat => request.Chat.MessagesJson,
        _ => request.Ids?.ToString() ?? "",
    })));

    private static int CountPrompt(Submit request) => Math.Max(1, request.PromptCase switch
    {
        Submit.PromptOneofCase.Text => Count(request.Text),
        Submit.PromptOneofCase.Chat => Count(request.Chat.MessagesJson),
        Submit.PromptOneofCase.Ids => request.Ids.Id.Count,
        _ => 0,
    });
}
