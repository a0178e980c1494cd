namespace Bailiwick.Text.ToolCalls;

/// <summary>How a template wants earlier calls and their results.</summary>
/// <param name="ArgumentsAsText">Arguments as JSON text, as OpenAI's clients send them; otherwise as an object.</param>
/// <param name="ShortIds">Ids of nine letters and digits.</param>
/// <param name="NullContent">No content beside calls; otherwise an empty one.</param>
internal sealed record HistoryStyle(bool ArgumentsAsText, bool ShortIds, bool NullContent);
