using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Bailiwick.Silo.Api.Auth;

/// <summary>
/// Whom the site lets in no more: a line each, `sha256:` and the fingerprint of a client certificate, or a pseudonym from a record. `#`
/// begins a comment. Immutable; the file behind it is read again twice a second.
/// </summary>
internal sealed class RevokedCallers
{
    /// <summary>Longest file, bytes.</summary>
    public const int MaxBytes = 1 << 20;

    private const string Fingerprint = "sha256:";

    private readonly FrozenSet<string> _lines;

    private RevokedCallers(IEnumerable<string> lines) => _lines = lines.ToFrozenSet(StringComparer.Ordinal);

    public static RevokedCallers None { get; } = new([]);

    /// <param name="name">A pseudonym, or what <see cref="NameOf"/> makes of a certificate.</param>
    public bool Contains(string name) => _lines.Contains(name);

    /// <summary>How a line names a certificate.</summary>
    public static string NameOf(X509Certificate2 certificate) => Fingerprint + Convert.ToHexStringLower(certificate.GetCertHash(HashAlgorithmName.SHA256));

    /// <summary>A line that is neither of both is a mistake that would let somebody in: the list is refused as a whole.</summary>
    public static bool TryRead(byte[] content, [NotNullWhen(true)] out RevokedCallers? revoked, [NotNullWhen(false)] out string? fault)
    {
        var lines = Encoding.UTF8.GetString(content).Split('\n').Select((line, index) => (Text: line.Split('#')[0].Trim(), Number: index + 1))
            .Where(line => line.Text.Length > 0).ToList();
        fault = lines.Where(line => !IsFingerprint(line.Text) && !Pseudonyms.IsOne(line.Text))
            .Select(line => $"line {line.Number}: is neither sha256: and 64 hex digits nor a pseudonym").FirstOrDefault();
        revoked = fault is null ? new RevokedCallers(lines.Select(line => line.Text)) : null;
        return fault is null;
    }

    private static bool IsFingerprint(string text) =>
        text.StartsWith(Fingerprint, StringComparison.Ordinal) && text.Length == Fingerprint.Length + 64
        && text[Fingerprint.Length..].All(char.IsAsciiHexDigitLower);
}
