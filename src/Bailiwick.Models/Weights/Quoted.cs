using System.Text;

namespace Bailiwick.Models.Weights;

/// <summary>Text of an untrusted file, made fit for a sentence that an operator reads on a terminal or in a log.</summary>
public static class Quoted
{
    /// <summary>Characters shown of one text: a tensor's name fits, a hostile megabyte does not.</summary>
    public const int MaxLength = 96;

    /// <summary>The text in quotes, cut after <see cref="MaxLength"/> characters, everything but printable ASCII escaped
    /// (so no line breaks, no terminal sequences, no letters that only look alike).</summary>
    public static string Text(string text) => $"'{Plain(text)}'";

    /// <summary>The same without quotes, for a file name at the head of a sentence.</summary>
    public static string Plain(string text)
    {
        var quoted = new StringBuilder();
        foreach (var letter in text.AsSpan(0, Math.Min(text.Length, MaxLength)))
        {
            _ = letter is >= ' ' and <= '~' ? quoted.Append(letter) : quoted.Append($"\\u{(int)letter:x4}");
        }

        return quoted.Append(text.Length > MaxLength ? "..." : "").ToString();
    }
}
