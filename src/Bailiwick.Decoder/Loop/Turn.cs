using Bailiwick.Decoder.Sampling;
using Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Decoder.Loop;

/// <summary>One turn in flight. Owned by the scheduler's thread.</summary>
internal sealed class Turn(TurnRequest request, ITurnText text, TimeProvider clock, long receivedAt) : IDisposable
{
    private readonly ITextStream _stream = text.NewStream();
    private readonly StopStrings _stops = new(request.Stop);
    private long _startedAt;
    private long _prefilledAt;
    private long _firstTokenAt;

    internal TurnRequest Request => request;

    internal Penalties Penalties { get; } = new(request.Sampling, request.Prompt);

    /// <summary>Its sequence; null while it waits.</summary>
    internal ITokenRow? Row { get; private set; }

    internal int KvBlocks { get; private set; }

    /// <summary>Prompt tokens fed to the model.</summary>
    internal int Prefilled { get; private set; }

    internal bool IsPrefilling => Prefilled < request.Prompt.Length;

    /// <summary>Tokens of the answer, resumed ones included; a token that ended the turn is not one.</summary>
    internal int Answered { get; private set; }

    /// <summary>The next token is one of those that have left already.</summary>
    internal bool IsForced => Answered < request.Emitted.Length;

    internal bool CancelRequested { get; set; }

    internal string? MatchedStop => _stops.Matched;

    internal bool IsOverdue => request.Deadline is { } limit && clock.GetElapsedTime(receivedAt) >= limit;

    internal void Start(ITokenRow row, int kvBlocks)
    {
        Row = row;
        KvBlocks = kvBlocks;
        _startedAt = clock.GetTimestamp();
    }

    internal void CountPrefilled(int tokens)
    {
        Prefilled += tokens;
        if (!IsPrefilling)
        {
            _prefilledAt = clock.GetTimestamp();
        }
    }

    /// <summary>Takes a token of the answer and gives the text that may leave with it.</summary>
    internal string Append(int token)
    {
        if (!IsForced && _firstTokenAt == 0)
        {
            _firstTokenAt = clock.GetTimestamp();
        }

        Answered++;
        Penalties.Count(token);
        return _stops.Append(_stream.Append(token));
    }

    /// <summary>The text that was held back, now that nothing follows.</summary>
    internal string Flush()
    {
        if (_stops.Matched is not null)
        {
            return "";
        }

        var rest = _stops.Append(_stream.Flush());
        return _stops.Matched is null ? rest + _stops.Flush() : rest;
    }

    internal Timings Measure()
    {
        var now = clock.GetTimestamp();
        var started = _startedAt == 0 ? now : _startedAt;
        var prefilled = _prefilledAt == 0 ? now : _prefilledAt;
        return new Timings
        {
            QueueUs = Microseconds(receivedAt, started),
            PrefillUs = Microseconds(started, prefilled),
            FirstTokenUs = _firstTokenAt == 0 ? 0 : Microseconds(receivedAt, _firstTokenAt),
            DecodeUs = Microseconds(prefilled, now),
        };
    }

    public void Dispose()
    {
        Row?.Dispose();
        request.Grammar?.Dispose();
    }

    private long Microseconds(long from, long to) => (long)clock.GetElapsedTime(from, to).TotalMicroseconds;
}
