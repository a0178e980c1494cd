using Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Decoder.Loop;

/// <summary>What the owner thread counts and others read.</summary>
internal sealed class Counters
{
    private long iterations;
    private long tokens;
    private int active;
    private int waiting;
    private int kvBlocksFree;

    /// <summary>One pass of the owner loop has ended.</summary>
    internal void CountPass(Scheduler scheduler, KvBlocks blocks)
    {
        Volatile.Write(ref active, scheduler.Running);
        Volatile.Write(ref waiting, scheduler.Waiting);
        Volatile.Write(ref kvBlocksFree, blocks.Free);
        Volatile.Write(ref tokens, scheduler.Tokens);
        Volatile.Write(ref iterations, iterations + 1);
    }

    internal Heartbeat Snapshot() => new()
    {
        Iterations = Volatile.Read(ref iterations),
        Active = Volatile.Read(ref active),
        Waiting = Volatile.Read(ref waiting),
        KvBlocksFree = Volatile.Read(ref kvBlocksFree),
        Tokens = Volatile.Read(ref tokens),
        ResidentBytes = Environment.WorkingSet,
    };
}
