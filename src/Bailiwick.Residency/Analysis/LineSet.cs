using System.Security.Cryptography;
using System.Text;

namespace Bailiwick.Residency.Analysis;

/// <summary>
/// A set of lines as it is compared and published, with a digest. Sorted bytewise field by field, which is not the
/// bytewise order of the lines: `eu.de|…` stands before `eu.de.by|…` although `.` is a smaller byte than `|`.
/// </summary>
public sealed class LineSet(IEnumerable<string> lines)
{
    private const char BelowAllIds = '\u0001';

    /// <summary>Sorted; each once, as they were given.</summary>
    public IReadOnlyList<string> Lines { get; } =
        [.. lines.OrderBy(line => line.Replace('|', BelowAllIds), StringComparer.Ordinal)];

    /// <summary>SHA-256 over the lines, each ended by a newline, as lower-case hex.</summary>
    public string Sha256 => Convert.ToHexStringLower(
        SHA256.HashData(Encoding.ASCII.GetBytes(string.Concat(Lines.Select(line => line + "\n")))));
}
