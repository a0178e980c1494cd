namespace Bailiwick.Text.Tokens;

/// <summary>A rendered prompt as token ids.</summary>
/// <param name="Ids">What the model gets. No BOS is added: the template writes it.</param>
/// <param name="ControlPositions">Ascending indexes into <paramref name="Ids"/> of the control tokens.</param>
public sealed record EncodedPrompt(int[] Ids, int[] ControlPositions);
