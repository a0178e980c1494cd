using Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Decoder.Loop;

/// <summary>What the owner thread counts and others read.</summary>
internal sealed class Counters
{
    private long _iterations;
    private long _tokens;
    private int _active;
    private int _waiting;
    private int _kvBlocksFree;

    /// <summary>One pass of the owner loop has ended.</summary>
    internal void CountPass(Scheduler scheduler, KvBlocks blocks)
    {
        Volatile.Write(ref _active, scheduler.Running);
        Volatile.Write(ref _waiting, scheduler.Waiting);
        Volatile.Write(ref _kvBlocksFree, blocks.Free);
        Volatile.Write(ref _tokens, scheduler.Tokens);
        Volatile.Write(ref _iterations, _iterations + 1);
    }

    internal Heartbeat Snapshot() => new()
    {
        Iterations = Volatile.Read(ref _iterations),
        Active = Volatile.Read(ref _active),
        Waiting = Volatile.Read(ref _waiting),
        KvBlocksFree = Volatile.Read(ref _kvBlocksFree),
        Tokens = Volatile.Read(ref _tokens),
        ResidentBytes = Environment.WorkingSet,
    };
}
