using Bailiwick.Silo.Api.Tls;
using Bailiwick.Silo.Api.Tokens;

namespace Bailiwick.Silo.Hosting;

/// <summary>Callers that the configuration names, validated.</summary>
/// <param name="PseudonymKey">32 bytes; null where there is neither issuer nor certificate.</param>
/// <param name="Revoked">File of those who are let in no more; null = none.</param>
/// <param name="Issuers">Whose tokens are taken.</param>
/// <param name="Certificates">Names in client certificates.</param>
internal sealed record CallersModel(
    byte[]? PseudonymKey, string? Revoked, IReadOnlyList<IssuerModel> Issuers, IReadOnlyList<CertificateRule> Certificates)
{
    /// <summary>API keys alone.</summary>
    public static CallersModel KeysOnly { get; } = new(null, null, [], []);
}
