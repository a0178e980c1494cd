namespace Bailiwick.Models.Import;

/// <summary>The ids that a decode loop needs by name.</summary>
/// <param name="Bos">Begins a sequence, or null.</param>
/// <param name="End">Each ends an answer; at least one.</param>
/// <param name="Pad">Fills rows; never one that can end a prompt, or null where the model has no such token.</param>
internal sealed record GenerationTokens(int? Bos, IReadOnlyList<int> End, int? Pad)
{
    /// <summary>
    /// Chooses the padding. GenAI looks for the last position of a prompt by skipping padding, so an id that can stand at the
    /// end of a prompt would make it sample from the wrong position: ids that end an answer and texts that the chat template
    /// writes are out, although many models name one of them.
    /// </summary>
    /// <param name="bos">Beginning of a sequence.</param>
    /// <param name="end">Ids that end an answer.</param>
    /// <param name="preferred">What the model itself names, best first.</param>
    /// <param name="controls">Control tokens by id.</param>
    /// <param name="template">The chat template, or null.</param>
    public static GenerationTokens Choose(
        int? bos, IReadOnlyList<int> end, IEnumerable<int?> preferred, IReadOnlyDictionary<int, string> controls, string? template)
    {
        var candidates = preferred.OfType<int>().Concat(controls.Keys.Order());
        var pad = candidates.Where(id => id != bos && !end.Contains(id) && !IsWritten(id)).Select(id => (int?)id).FirstOrDefault();
        return new GenerationTokens(bos, end, pad);

        bool IsWritten(int id) =>
            template is not null && controls.TryGetValue(id, out var text) && template.Contains(text, StringComparison.Ordinal);
    }
}
