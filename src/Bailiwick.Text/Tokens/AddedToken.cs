namespace Bailiwick.Text.Tokens;

/// <summary>A token that is recognised in the text before the model sees it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">Its text.</param>
/// <param name="SingleWord">Only where it is no part of a word.</param>
/// <param name="LeftStrip">Takes the white space before it.</param>
/// <param name="RightStrip">Takes the white space behind it.</param>
/// <param name="Normalized">Looked for in the normalised text.</param>
/// <param name="Special">Not shown to readers. Says little about whether it steers the model: see ControlSet.</param>
public sealed record AddedToken(
    int Id,
    string Content,
    bool SingleWord = false,
    bool LeftStrip = false,
    bool RightStrip = false,
    bool Normalized = false,
    bool Special = false);
