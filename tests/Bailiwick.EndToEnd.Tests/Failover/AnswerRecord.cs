using Bailiwick.Client;
using Bailiwick.Protocol.Inference.V1;

namespace Bailiwick.EndToEnd.Tests.Failover;

/// <summary>One answer as its client saw it: every token, and when it came.</summary>
internal sealed class AnswerRecord
{
    private readonly List<(TimeSpan At, int Tokens)> _arrivals = [];

    public List<int> Tokens { get; } = [];

    public List<string> Turns { get; } = [];

    public string Text { get; private set; } = "";

    public AnswerEnded? Ended { get; private set; }

    public List<AnswerResumed> Resumed { get; } = [];

    /// <summary>Reads an answer to its end.</summary>
    /// <param name="client">The cluster.</param>
    /// <param name="request">The request.</param>
    /// <param name="at">Called once, when so many tokens have come; the stream is read on meanwhile.</param>
    /// <param name="then">What to do then, with the record so far; null = nothing.</param>
    /// <param name="cancellationToken">Ends the answer.</param>
    public static async Task<AnswerRecord> ReadAsync(
        BailiwickClient client, ChatRequest request, int at, Func<AnswerRecord, Task>? then, CancellationToken cancellationToken)
    {
        var record = new AnswerRecord();
        var began = TimeProvider.System.GetTimestamp();
        var doing = Task.CompletedTask;
        await foreach (var part in client.ChatAsync(request, cancellationToken))
        {
            switch (part)
            {
                case AnswerStarted started:
                    record.Turns.Add(started.Turn);
                    break;
                case AnswerResumed resumed:
                    record.Resumed.Add(resumed);
                    record.Turns.Add(resumed.Turn);
                    break;
                case AnswerDelta delta:
                    record.Tokens.AddRange(delta.Tokens.Select(token => token.Id));
                    record.Text += delta.Text;
                    record._arrivals.Add((TimeProvider.System.GetElapsedTime(began), record.Tokens.Count));
                    break;
                case AnswerEnded ended:
                    record.Text += ended.Text;
                    record.Ended = ended;
                    break;
            }

            if (then is not null && record.Tokens.Count >= at)
            {
                doing = then(record);
                then = null;
            }
        }

        await doing;
        return record;
    }

    /// <summary>The longest time between two deltas, from the one with this many tokens on.</summary>
    public TimeSpan Gap(int from)
    {
        var longest = TimeSpan.Zero;
        for (var i = 1; i < _arrivals.Count; i++)
        {
            var gap = _arrivals[i].At - _arrivals[i - 1].At;
            if (_arrivals[i].Tokens > from && gap > longest)
            {
                longest = gap;
            }
        }

        return longest;
    }

    /// <summary>Median time between deltas.</summary>
    public TimeSpan Step()
    {
        var steps = _arrivals.Zip(_arrivals.Skip(1), (one, next) => next.At - one.At).Order().ToList();
        return steps.Count == 0 ? TimeSpan.Zero : steps[steps.Count / 2];
    }
}
