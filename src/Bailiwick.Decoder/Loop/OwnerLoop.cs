using System.Collections.Concurrent;
using Bailiwick.Protocol;
using Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Decoder.Loop;

/// <summary>The owner thread's work: take commands, make a pass, until told to stop.</summary>
internal sealed class OwnerLoop : IDisposable
{
    private static readonly Problem Draining =
        Problems.Of(Errors.Draining, "This decoder is being stopped and takes no more turns.");

    private readonly LoadedModel model;
    private readonly TurnFrames frames;
    private readonly Counters counters;
    private readonly TimeProvider clock;
    private readonly Scheduler scheduler;
    private readonly SubmitChecks checks;
    private readonly TextCalls textCalls;
    private Command.Stop? stop;

    internal OwnerLoop(LoadedModel model, TurnFrames frames, Counters counters, TimeProvider clock)
    {
        this.model = model;
        this.frames = frames;
        this.counters = counters;
        this.clock = clock;
        checks = new SubmitChecks(model.Loop, model.Text, model.Grammar, model.Blocks);
        textCalls = new TextCalls(model.Text, model.Loop.Vocabulary);
        scheduler = new Scheduler(
            model.Loop,
            model.Text,
            new TokenPath(model.Loop, model.Text, model.StopIds),
            frames,
            model.Blocks,
            new SchedulerLimits(model.Options.MostRunning, model.Options.PrefillTokens),
            clock);
        counters.CountPass(scheduler, model.Blocks);
    }

    internal void Run(BlockingCollection<Command> commands)
    {
        while (stop is null || !scheduler.IsIdle)
        {
            // Idle, it waits; busy, it takes what is there.
            var patience = scheduler.IsIdle ? model.Options.Heartbeat : TimeSpan.Zero;
            for (; commands.Count > 0 || patience > TimeSpan.Zero; patience = TimeSpan.Zero)
            {
                if (commands.TryTake(out var command, patience))
                {
                    Do(command);
                }
            }

            if (stop is not null && clock.GetElapsedTime(stop.AskedAt) >= stop.Grace)
            {
                scheduler.CancelAll();
            }

            scheduler.Pass();
            counters.CountPass(scheduler, model.Blocks);
        }
    }

    public void Dispose() => scheduler.Dispose();

    private void Do(Command command)
    {
        switch (command)
        {
            case Command.Begin begin:
                Begin(begin);
                break;
            case Command.End end:
                scheduler.Cancel(end.Turn);
                break;
            case Command.Ask ask:
                frames.SendReply(textCalls.Answer(ask.Call));
                break;
            case Command.Stop asked:
                stop = asked;
                scheduler.RefuseWaiting(Draining);
                break;
        }
    }

    private void Begin(Command.Begin begin)
    {
        if (stop is not null)
        {
            frames.SendRefused(begin.Submit.Turn, Draining);
        }
        else if (scheduler.IsFull)
        {
            frames.SendRefused(begin.Submit.Turn, Problems.Of(Errors.Queue, "Too many turns wait for this decoder."));
        }
        else if (scheduler.IsInFlight(begin.Submit.Turn))
        {
            frames.SendRefused(begin.Submit.Turn, Problems.Invalid("turn is the id of a turn that is in flight."));
        }
        else
        {
            CheckAndAdd(begin);
        }
    }

    private void CheckAndAdd(Command.Begin begin)
    {
        try
        {
            scheduler.Add(checks.Check(begin.Submit), begin.ReceivedAt);
        }
        catch (TurnRefusedException refusal)
        {
            frames.SendRefused(begin.Submit.Turn, refusal.Problem);
        }
    }
}
