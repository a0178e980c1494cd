using Bailiwick.Text.ToolCalls;

namespace Bailiwick.Decoder.Loop;

/// <summary>Functions that an answer may call.</summary>
/// <param name="Functions">At least one.</param>
/// <param name="Required">The answer has to be calls.</param>
/// <param name="Parallel">There may be several.</param>
internal sealed record TurnTools(IReadOnlyList<ToolFunction> Functions, bool Required, bool Parallel);
