using Bailiwick.Protocol;
using Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Decoder.Loop;

/// <summary>The Load frame after its bounds were checked and its defaults filled in.</summary>
/// <param name="Threads">Intra-op threads; 0 = what the model folder says.</param>
/// <param name="KvBlockTokens">Tokens in one KV block.</param>
/// <param name="KvBlocks">Blocks that all turns together may hold; 0 = eight contexts.</param>
/// <param name="PrefillTokens">Most prompt tokens in one forward pass.</param>
/// <param name="MostRunning">Turns decoded at a time.</param>
/// <param name="Heartbeat">The owner loop wakes at least this often.</param>
internal sealed record EngineOptions(
    int Threads, int KvBlockTokens, int KvBlocks, int PrefillTokens, int MostRunning, TimeSpan Heartbeat)
{
    private const int MostThreads = 1024;

    /// <exception cref="DecoderProblemException">The sentence names the field and its range.</exception>
    internal static EngineOptions Checked(Load load) => new(
        InRange("threads", load.Threads, 0, MostThreads),
        InRange("kv_block_tokens", load.KvBlockTokens, 0, 65_536, instead: 16),
        InRange("kv_blocks", load.KvBlocks, 0, int.MaxValue),
        load.PrefillChunkTokens == 1
            ? throw OutOfRange("prefill_chunk_tokens", 1, PrefillPlan.SmallestPiece, 65_536)
            : InRange("prefill_chunk_tokens", load.PrefillChunkTokens, 0, 65_536, instead: 512),
        InRange("max_active_turns", load.MaxActiveTurns, 0, 65_536, instead: 64),
        TimeSpan.FromMilliseconds(InRange("heartbeat_ms", load.HeartbeatMs, 0, 60_000, instead: 250)));

    // Zero means the default where there is one.
    private static int InRange(string field, int value, int least, int most, int instead = 0)
    {
        if (value < least || value > most)
        {
            throw OutOfRange(field, value, least, most);
        }

        return value == 0 ? instead : value;
    }

    private static DecoderProblemException OutOfRange(string field, int value, int least, int most) =>
        new(Errors.Invalid, $"load.{field} is {value}, it must be in {least} to {most}.");
}
