using Microsoft.Extensions.Time.Testing;

namespace Bailiwick.Tests.Silo.Turns;

/// <summary>Fake time that says when somebody waits for it, so that it is never moved past a wait that has not begun.</summary>
internal sealed class ArmedTime(DateTimeOffset start) : FakeTimeProvider(start), IDisposable
{
    private readonly SemaphoreSlim _armed = new(0);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        _armed.Release();
        return timer;
    }

    /// <summary>Moves on by a step for each wait that begins, until the task has ended.</summary>
    public async Task PassAsync(Task task, TimeSpan step)
    {
        while (await Task.WhenAny(task, _armed.WaitAsync()) != task)
        {
            Advance(step);
        }
    }

    public void Dispose() => _armed.Dispose();
}
