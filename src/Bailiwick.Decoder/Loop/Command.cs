using Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Decoder.Loop;

/// <summary>What other threads ask of the owner thread.</summary>
internal abstract record Command
{
    private Command()
    {
    }

    internal sealed record Begin(Submit Submit, long ReceivedAt) : Command
    {
        /// <summary>Ended before it began. Guarded by the queue's lock until it is taken.</summary>
        internal bool Cancelled { get; set; }
    }

    internal sealed record End(string Turn) : Command;

    internal sealed record Ask(TextCall Call) : Command;

    /// <summary>No new turns; what still runs after the grace is cancelled.</summary>
    internal sealed record Stop(TimeSpan Grace, long AskedAt) : Command;
}
