using Bailiwick.Protocol;
using Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Decoder.Loop;

/// <summary>The owner thread's work: take commands, make a pass, until told to stop.</summary>
internal sealed class OwnerLoop : IDisposable
{
    /// <summary>Requests taken between two passes: what each costs (encoding, a grammar) is a delay to every running turn.</summary>
    internal const int MostRequestsPerPass = 8;

    private static readonly Problem Draining =
        Problems.Of(Errors.Draining, "This decoder is being stopped and takes no more turns.");

    private readonly LoadedModel _model;
    private readonly TurnFrames _frames;
    private readonly Counters _counters;
    private readonly TimeProvider _clock;
    private readonly Scheduler _scheduler;
    private readonly SubmitChecks _checks;
    private readonly TextCalls _textCalls;
    private Command.Stop? _stop;

    internal OwnerLoop(LoadedModel model, TurnFrames frames, Counters counters, TimeProvider clock)
    {
        _model = model;
        _frames = frames;
        _counters = counters;
        _clock = clock;
        _checks = new SubmitChecks(model.Loop, model.Text, model.Grammar, model.Blocks);
        _textCalls = new TextCalls(model.Text, model.Loop.Vocabulary);
        _scheduler = new Scheduler(
            model.Loop,
            model.Text,
            new TokenPath(model.Loop, model.Text, model.StopIds),
            frames,
            model.Blocks,
            new SchedulerLimits(model.Options.MostRunning, model.Options.PrefillTokens),
            clock);
        counters.CountPass(_scheduler, model.Blocks);
    }

    internal void Run(CommandQueue commands)
    {
        while (_stop is null || !_scheduler.IsIdle)
        {
            // Idle, it waits; busy, it takes what is there.
            var patience = _scheduler.IsIdle ? _model.Options.Heartbeat : TimeSpan.Zero;
            for (var requests = 0; requests < MostRequestsPerPass && commands.TryTake(patience, out var command); patience = TimeSpan.Zero)
            {
                requests += command is Command.Begin or Command.Ask ? 1 : 0;
                Do(command);
            }

            if (_stop is not null && _clock.GetElapsedTime(_stop.AskedAt) >= _stop.Grace)
            {
                _scheduler.CancelAll();
            }

            _scheduler.Pass();
            _counters.CountPass(_scheduler, _model.Blocks);
        }

        // What a Stop has overtaken is answered too.
        commands.Close();
        while (commands.TryTake(TimeSpan.Zero, out var command))
        {
            Do(command);
        }
    }

    public void Dispose() => _scheduler.Dispose();

    private void Do(Command command)
    {
        switch (command)
        {
            case Command.Begin begin:
                Begin(begin);
                break;
            case Command.End end:
                _scheduler.Cancel(end.Turn);
                break;
            case Command.Ask ask:
                _frames.SendReply(_textCalls.Answer(ask.Call));
                break;
            case Command.Stop asked:
                _stop = asked;
                _scheduler.RefuseWaiting(Draining);
                break;
        }
    }

    private void Begin(Command.Begin begin)
    {
        if (_stop is not null)
        {
            _frames.SendRefused(begin.Submit.Turn, Draining);
        }
        else if (begin.Cancelled)
        {
            _frames.SendCancelled(begin.Submit.Turn);
        }
        else if (_scheduler.IsFull)
        {
            _frames.SendRefused(begin.Submit.Turn, Problems.Of(Errors.Queue, "Too many turns wait for this decoder."));
        }
        else if (_scheduler.IsInFlight(begin.Submit.Turn))
        {
            _frames.SendRefused(begin.Submit.Turn, Problems.Invalid("turn is the id of a turn that is in flight."));
        }
        else if (TurnBorder.Run((Loop: this, Begin: begin), static state => state.Loop.CheckAndAdd(state.Begin)) is { } problem)
        {
            _frames.SendRefused(begin.Submit.Turn, problem);
        }
    }

    private void CheckAndAdd(Command.Begin begin)
    {
        try
        {
            _scheduler.Add(_checks.Check(begin.Submit), begin.ReceivedAt);
        }
        catch (TurnRefusedException refusal)
        {
            _frames.SendRefused(begin.Submit.Turn, refusal.Problem);
        }
    }
}
