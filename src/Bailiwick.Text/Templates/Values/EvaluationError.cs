namespace Bailiwick.Text.Templates.Values;

/// <summary>An operation that the values at hand do not allow. The evaluator adds the line.</summary>
/// <param name="message">What went wrong; names types, never values.</param>
internal sealed class EvaluationError(string message) : Exception(message);

/// <summary>An operation that would exceed a limit. The evaluator adds the line.</summary>
/// <param name="message">Which limit.</param>
internal sealed class LimitReached(string message) : Exception(message);
