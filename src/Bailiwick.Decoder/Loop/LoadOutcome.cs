using Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Decoder.Loop;

/// <summary>What loading a model gave: exactly one of the two.</summary>
/// <param name="Engine">Ready for turns; the receiver disposes it.</param>
/// <param name="Problem">Why nothing was loaded: names the file or field, and the reason.</param>
public readonly record struct LoadOutcome(DecodeEngine? Engine, Problem? Problem);
