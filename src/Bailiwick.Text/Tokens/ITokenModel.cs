namespace Bailiwick.Text.Tokens;

/// <summary>Turns pieces into token ids. Immutable; safe to share between threads.</summary>
internal interface ITokenModel
{
    /// <summary>
    /// An encoder for one call. It remembers pieces it has seen, so it goes with the call: no client text stays behind.
    /// </summary>
    IPieceEncoder NewEncoder();
}

/// <summary>Encodes the pieces of one call; not thread-safe.</summary>
internal interface IPieceEncoder
{
    void Encode(ReadOnlySpan<char> piece, List<int> ids);
}
