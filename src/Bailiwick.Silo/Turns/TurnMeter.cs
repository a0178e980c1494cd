using System.Diagnostics;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Silo.Observation;

namespace Bailiwick.Silo.Turns;

/// <summary>
/// What one turn adds to the metrics, from its events as they leave and from its admission. Nothing is allocated for a token. Disposed
/// at the turn's end, whatever ended it.
/// </summary>
internal sealed class TurnMeter : IDisposable
{
    private readonly TurnInstruments _instruments;
    private readonly TimeProvider _time;
    private readonly Activity? _span;
    private readonly long _began;
    private TagList _tags;
    private string _model = "";
    private long? _firstToken;
    private long _latest;
    private int _tokens;
    private int _moves;
    private bool _lost;
    private string? _finish;

    public TurnMeter(TurnInstruments instruments, TurnRequest request, TimeProvider time)
    {
        (_instruments, _time) = (instruments, time);
        _began = _latest = time.GetTimestamp();
        var operation = request.Submit.PromptCase is Submit.PromptOneofCase.Chat ? GenAi.Chat : GenAi.Completion;
        _tags = new TagList { { GenAi.Operation, operation }, { GenAi.Provider, GenAi.ProviderName } };
        _span = TurnTrace.Begin(operation);
        instruments.Streams.Add(1);
    }

    /// <summary>The model was found: its own name, not the request's word for it.</summary>
    public void Found(string model)
    {
        _model = model;
        _tags.Add(GenAi.Model, model);
        _span?.SetTag(GenAi.Model, model);
    }

    /// <summary>A decision became a record.</summary>
    public void Decided(string effect, IReadOnlyList<string> rules)
    {
        foreach (var rule in rules)
        {
            _instruments.Decisions.Add(1, new("rule", rule), new("effect", effect));
        }

        _span?.SetTag(TurnTrace.Rules, string.Join(' ', rules));
    }

    /// <summary>The replica was lost; the gap ends with the next token.</summary>
    public void Lost()
    {
        _lost = true;
        _moves++;
    }

    /// <summary>How long a whole answer waited for KV blocks.</summary>
    public void Waited(TimeSpan queued) => _instruments.Queue.Record(queued.TotalSeconds, new KeyValuePair<string, object?>("model", _model));

    /// <summary>An event is about to leave.</summary>
    public void Saw(TurnEvent happened)
    {
        switch (happened)
        {
            case TurnStarted started:
                _instruments.InputTokens.Add(started.PromptTokens, _tags);
                _span?.SetTag(TurnTrace.Turn, started.Turn).SetTag(GenAi.InputTokens, started.PromptTokens);
                break;
            case TurnTokens tokens:
                Left(tokens.Tokens.Count);
                break;
            case TurnEnded ended:
                _finish = ended.Length ? "length" : "stop";
                if (_firstToken is { } first && _tokens > 1)
                {
                    _instruments.PerToken.Record(Seconds(first, _latest) / (_tokens - 1), _tags);
                }

                break;
            case TurnFailed failed:
                _finish = failed.Refusal.Row.Code;
                break;
            case TurnRefused refused:
                _finish = refused.Refusal.Row.Code;
                break;
        }
    }

    public void Dispose()
    {
        var whole = _finish is "stop" or "length";
        // No last event: the caller left.
        var finish = _finish ?? Protocol.Errors.Cancelled.Code;
        _instruments.Streams.Add(-1);
        _instruments.Turns.Add(1, new("model", _model), new("finish", finish));
        var tags = _tags;
        if (!whole)
        {
            tags.Add(GenAi.ErrorType, finish);
            _span?.SetTag(GenAi.ErrorType, finish).SetStatus(ActivityStatusCode.Error);
        }

        _instruments.Duration.Record(Seconds(_began, _time.GetTimestamp()), tags);
        _span?.SetTag(TurnTrace.Finish, finish).SetTag(GenAi.OutputTokens, _tokens).SetTag(TurnTrace.Moves, _moves);
        TurnTrace.End(_span);
    }

    private void Left(int count)
    {
        var now = _time.GetTimestamp();
        if (_firstToken is null)
        {
            _firstToken = now;
            _instruments.FirstToken.Record(Seconds(_began, now), _tags);
        }

        if (_lost)
        {
            _lost = false;
            _instruments.Gap.Record(Seconds(_latest, now), new KeyValuePair<string, object?>("model", _model));
        }

        _latest = now;
        _tokens += count;
        _instruments.OutputTokens.Add(count, _tags);
    }

    private double Seconds(long from, long to) => _time.GetElapsedTime(from, to).TotalSeconds;
}
