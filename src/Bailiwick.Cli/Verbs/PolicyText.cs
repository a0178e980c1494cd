using System.Globalization;
using System.Text;

namespace Bailiwick.Cli.Verbs;

/// <summary>
/// Text for people, wrapped at 100 columns. What comes from files is made harmless for a terminal: control and
/// formatting characters (escape sequences, bidirectional overrides) are replaced.
/// </summary>
internal sealed class PolicyText(TextWriter output)
{
    private const int Width = 100;

    public void Blank() => output.WriteLine();

    /// <summary>A paragraph: `first` before its first line, further lines indented as deep.</summary>
    public void Paragraph(string first, string text)
    {
        var indent = new string(' ', first.Length);
        var line = new StringBuilder(first);
        var empty = true;
        foreach (var word in Harmless(text).Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!empty && line.Length + 1 + word.Length > Width)
            {
                output.WriteLine(line.ToString().TrimEnd());
                line.Clear().Append(indent);
                empty = true;
            }

            line.Append(empty ? "" : " ").Append(word);
            empty = false;
        }

        output.WriteLine(line.ToString().TrimEnd());
    }

    public void Line(string text) => Paragraph("", text);

    public static string Count(long count, string one, string many) =>
        $"{count.ToString("N0", CultureInfo.InvariantCulture)} {(count == 1 ? one : many)}";

    public static string Combinations(long count) => Count(count, "combination", "combinations");

    private static string Harmless(string text) => string.Create(text.Length, text, (span, source) =>
    {
        for (var i = 0; i < span.Length; i++)
        {
            var bad = char.GetUnicodeCategory(source[i]) is UnicodeCategory.Control or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
            span[i] = bad ? '\ufffd' : source[i];
        }
    });
}
