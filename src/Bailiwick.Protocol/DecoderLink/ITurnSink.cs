using Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Protocol.Decoder;

/// <summary>
/// Where a link puts the events of one turn, in order: for consumers that pass them on and need no object per token. Called under
/// the link's lock, mostly on the decoder's thread: it must neither block nor call the link.
/// </summary>
public interface ITurnSink
{
    /// <summary>At most once, before any token.</summary>
    void OnStarted(Started started);

    /// <summary>One token; false: the consumer is too far behind, and the turn is cancelled.</summary>
    /// <param name="token">A Token, protobuf; <see cref="DecodedToken.Parse"/> reads it. Valid during the call.</param>
    bool TryAdd(ReadOnlySpan<byte> token);

    /// <summary>The decoder was lost and the turn goes on; false as with <see cref="TryAdd"/>.</summary>
    /// <param name="at">Tokens that had left before the loss.</param>
    bool TryResume(int at);

    /// <summary>Once, last.</summary>
    void OnFinished(Finished finished);

    /// <summary>Nothing more has come from the decoder at this moment: what was gathered may go.</summary>
    void Flush();
}
