using Bailiwick.Decoder.Sampling;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Text.ToolCalls;
using Google.Protobuf.Collections;

namespace Bailiwick.Decoder.Loop;

/// <summary>One turn in flight. Owned by the scheduler's thread.</summary>
internal sealed class Turn(TurnRequest request, ITurnText text, TimeProvider clock, long receivedAt) : IDisposable
{
    private readonly ITextStream _stream = text.NewStream();
    private readonly StopStrings _stops = new(request.Stop);
    private readonly AnswerReader? _calls =
        request.Tools is { } tools ? text.Tools!.NewReader(tools.Functions, tools.Required, tools.Parallel) : null;

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

    /// <summary>The answer has called a function.</summary>
    internal bool HasCalls => _calls is { HasCalls: true };

    /// <summary>The answer holds the one call that it may hold.</summary>
    internal bool IsFull => _calls is { IsFull: true };

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

    /// <summary>Takes a token of the answer and writes what may leave with it: visible text and pieces of calls.</summary>
    internal void Append(int token, Token message)
    {
        if (!IsForced && _firstTokenAt == 0)
        {
            _firstTokenAt = clock.GetTimestamp();
        }

        Answered++;
        Penalties.Count(token);
        if (_calls is null)
        {
            message.Text = _stops.Append(_stream.Append(token));
            return;
        }

        _calls.Push(token);
        message.Text = _stops.Append(_calls.TakeText());
        AddPieces(message.Call);
    }

    /// <summary>The text and the pieces that were held back, now that nothing follows.</summary>
    internal string Flush(RepeatedField<ToolCallPiece> pieces)
    {
        if (_stops.Matched is not null)
        {
            return "";
        }

        _calls?.Finish();
        var rest = _stops.Append(_calls is null ? _stream.Flush() : _calls.TakeText());
        AddPieces(pieces);
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

    // Behind a stop string nothing leaves.
    private void AddPieces(RepeatedField<ToolCallPiece> pieces)
    {
        if (_calls is null || _stops.Matched is not null)
        {
            return;
        }

        foreach (var piece in _calls.TakePieces())
        {
            pieces.Add(new ToolCallPiece { Index = piece.Index, Name = piece.Name, Arguments = piece.Arguments });
        }
    }

    private long Microseconds(long from, long to) => (long)clock.GetElapsedTime(from, to).TotalMicroseconds;
}
