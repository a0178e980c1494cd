using System.Diagnostics.CodeAnalysis;

namespace Bailiwick.Decoder.Loop;

/// <summary>
/// Commands from any thread to the owner thread, bounded and in order; a Stop and the End of a turn overtake what waits,
/// so that a flood of requests delays neither.
/// </summary>
internal sealed class CommandQueue(int capacity)
{
    // A monitor, not a Lock: threads wait on it.
    private readonly object _gate = new();
    private readonly Queue<Command> _ordinary = new();
    private readonly Queue<Command> _urgent = new();
    private bool _closed;

    /// <summary>Adds a command; waits while the queue is full, but for commands that overtake.</summary>
    /// <returns>False when the queue is closed.</returns>
    internal bool TryAdd(Command command)
    {
        lock (_gate)
        {
            if (command is Command.End end && FindBegin(end.Turn) is { } begin)
            {
                // The turn has not begun: it never will.
                begin.Cancelled = true;
                return !_closed;
            }

            var overtakes = command is Command.End or Command.Stop;
            while (!overtakes && !_closed && _ordinary.Count >= capacity)
            {
                Monitor.Wait(_gate);
            }

            if (_closed)
            {
                return false;
            }

            (overtakes ? _urgent : _ordinary).Enqueue(command);
            Monitor.PulseAll(_gate);
            return true;
        }
    }

    /// <summary>Takes the next command; waits for one no longer than the patience. For the owner thread alone.</summary>
    internal bool TryTake(TimeSpan patience, [NotNullWhen(true)] out Command? command)
    {
        lock (_gate)
        {
            if (_urgent.Count + _ordinary.Count == 0 && patience > TimeSpan.Zero)
            {
                Monitor.Wait(_gate, patience);
            }

            if (_urgent.TryDequeue(out command))
            {
                return true;
            }

            if (!_ordinary.TryDequeue(out command))
            {
                return false;
            }

            if (_ordinary.Count == capacity - 1)
            {
                Monitor.PulseAll(_gate);
            }

            return true;
        }
    }

    /// <summary>Takes no more; who waits for room is told so.</summary>
    internal void Close()
    {
        lock (_gate)
        {
            _closed = true;
            Monitor.PulseAll(_gate);
        }
    }

    private Command.Begin? FindBegin(string turn)
    {
        foreach (var command in _ordinary)
        {
            if (command is Command.Begin begin && begin.Submit.Turn == turn && !begin.Cancelled)
            {
                return begin;
            }
        }

        return null;
    }
}
