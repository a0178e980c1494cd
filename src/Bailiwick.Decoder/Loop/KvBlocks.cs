namespace Bailiwick.Decoder.Loop;

/// <summary>
/// The budget of KV memory, in blocks of tokens. A turn reserves for prompt and answer at its start and gives all back
/// at its end, so that no running turn can run out. Not thread-safe but for <see cref="Free"/>.
/// </summary>
internal sealed class KvBlocks(int total, int blockTokens)
{
    private int _free = total;

    internal int Total { get; } = total;

    internal int BlockTokens => blockTokens;

    internal int Free => Volatile.Read(ref _free);

    /// <summary>Blocks for a sequence of so many tokens.</summary>
    internal int Needed(int tokens) => (tokens + blockTokens - 1) / blockTokens;

    internal bool TryReserve(int blocks)
    {
        if (blocks > _free)
        {
            return false;
        }

        Volatile.Write(ref _free, _free - blocks);
        return true;
    }

    internal void Release(int blocks)
    {
        if (blocks > Total - _free)
        {
            throw new InvalidOperationException("More KV blocks were released than reserved.");
        }

        Volatile.Write(ref _free, _free + blocks);
    }
}
