using System.Security.Cryptography;
using System.Text;
using Bailiwick.Evidence;
using Bailiwick.Protocol.Decoder;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Protocol.Receipts;
using Bailiwick.Silo.Shards;

namespace Bailiwick.Silo.Turns;

/// <summary>What has happened to one turn so far: what left, when, and the running commitment to it. Owned by its <see cref="Turn"/>.</summary>
internal sealed class TurnProgress : IDisposable
{
    private const int LongestTokenText = 256;

    private readonly TimeProvider _time;
    private readonly long _began;
    private readonly IncrementalHash _answer;
    private readonly byte[] _promptSalt = Commitment.NewSalt();
    private readonly byte[] _answerSalt = Commitment.NewSalt();
    private TreeHash _prompt;
    private long? _firstToken;
    private long _queueMs;
    private readonly AnswerCalls _calls = new();
    private bool _textLeft;

    public TurnProgress(TurnRequest request, TimeProvider time)
    {
        _time = time;
        _began = time.GetTimestamp();
        _answer = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _answerSalt);
        // A resuming client has these already: forced again, but no part of this answer.
        Emitted.AddRange(request.Submit.Emitted);
        ResumedAt = Emitted.Count;
    }

    /// <summary>Tokens that a new decoder must not draw again.</summary>
    public List<int> Emitted { get; } = [];

    /// <summary>Tokens that the client brought along.</summary>
    public int ResumedAt { get; }

    public int PromptTokens { get; set; }

    /// <summary>How the last replica was lost.</summary>
    public ShardLoss Loss { get; set; }

    public string PromptSalt => Convert.ToHexStringLower(_promptSalt);

    public string AnswerSalt => Convert.ToHexStringLower(_answerSalt);

    public TreeHash Prompt => _prompt;

    /// <summary>Commits to what the model is asked.</summary>
    public void Commit(ReadOnlySpan<byte> prompt) => _prompt = Commitment.To(_promptSalt, prompt);

    /// <summary>Time to the first token; null before it.</summary>
    public TimeSpan? FirstToken => _firstToken is { } first ? _time.GetElapsedTime(_began, first) : null;

    /// <summary>Time that a whole answer waited for its decoder.</summary>
    public TimeSpan Queued => TimeSpan.FromMilliseconds(_queueMs);

    /// <summary>What a decoder counts is a stranger's word: a number that no record takes would cost the outcome.</summary>
    public CountsPart Counts => new(Math.Max(0, PromptTokens), 0, Emitted.Count - ResumedAt);

    public TimingsPart Timings => new(
        _queueMs, (long)(FirstToken?.TotalMilliseconds ?? 0), (long)_time.GetElapsedTime(_began).TotalMilliseconds);

    /// <summary>Tokens that are about to leave.</summary>
    public void Add(IReadOnlyList<DecodedToken> tokens)
    {
        _firstToken ??= _time.GetTimestamp();
        for (var i = 0; i < tokens.Count; i++)
        {
            Emitted.Add(tokens[i].Id);
            Add(tokens[i].Text);
            _calls.Add(tokens[i].Calls);
        }
    }

    /// <summary>What a decoder said at the end of a whole answer; its tail is about to leave.</summary>
    public void Complete(Finished whole)
    {
        PromptTokens = whole.PromptTokens;
        _queueMs = Math.Max(0, whole.Timings?.QueueUs ?? 0) / 1000;
        Add(whole.Tail);
        _calls.Add(whole.Call);
    }

    private void Add(string text)
    {
        if (text.Length == 0)
        {
            return;
        }

        _textLeft = true;
        Span<byte> bytes = stackalloc byte[LongestTokenText];
        if (Encoding.UTF8.TryGetBytes(text, bytes, out var written))
        {
            _answer.AppendData(bytes[..written]);
            return;
        }

        _answer.AppendData(Encoding.UTF8.GetBytes(text));
    }

    /// <summary>
    /// The commitment to all that left, null where nothing did: the content, and behind it, where there are calls, their canonical
    /// JSON. Ends the counting.
    /// </summary>
    public TreeHash? Answer()
    {
        if (_calls.Any)
        {
            _textLeft = true;
            _answer.AppendData(_calls.ToCanonicalJson());
        }

        return _textLeft ? TreeHash.From(_answer.GetHashAndReset()) : null;
    }

    public void Dispose() => _answer.Dispose();
}
