using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Bailiwick.Protocol;
using Bailiwick.Silo.Api.Auth;
using Bailiwick.Silo.Cluster;
using Bailiwick.Silo.Hosting;

namespace Bailiwick.Silo.Api.Tls;

/// <summary>What a client certificate says: a caller, a place, both, or nothing.</summary>
/// <param name="Credential">Null: it names no caller.</param>
/// <param name="Zone">Null: it says of no place.</param>
/// <param name="Proofs">Names under which it can be revoked: its fingerprint, and the id of its credential.</param>
internal sealed record CertificateFinding(Credential? Credential, string? Zone, IReadOnlyList<string> Proofs)
{
    public static CertificateFinding Nothing { get; } = new(null, null, []);
}

/// <summary>
/// Client certificates of the doors. TLS has shown that the caller holds the key; all else is decided here, with each request, so that a
/// refusal is a sentence and not a broken handshake. No address within a certificate is ever asked.
/// </summary>
internal sealed class ClientCertificates(
    TlsModel? tls, IReadOnlyList<CertificateRule> rules, Pseudonyms? pseudonyms, Func<RevokedCallers?> revoked, TimeProvider time)
{
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    // A connection keeps one object for its certificate: a chain is built once for each.
    private readonly ConditionalWeakTable<X509Certificate2, Verdict> _verdicts = [];

    public (CertificateFinding? Finding, Refusal? Refusal) Check(X509Certificate2? certificate)
    {
        if (certificate is null)
        {
            return tls?.Clients is ClientCertificateUse.Required
                ? Refused("This door asks for a client certificate, and none came.")
                : (CertificateFinding.Nothing, null);
        }

        if (tls is null || tls.Clients is ClientCertificateUse.None)
        {
            return (CertificateFinding.Nothing, null);
        }

        var verdict = _verdicts.GetValue(certificate, Judge);
        if (verdict.Refused is { } sentence)
        {
            return Refused(sentence);
        }

        var now = time.GetUtcNow();
        if (now > certificate.NotAfter || now < certificate.NotBefore)
        {
            return Refused("The client certificate is not valid now.");
        }

        // No list (it cannot be read now) lets nobody in.
        return revoked() is not { } list || verdict.Finding!.Proofs.Any(list.Contains)
            ? Refused("The client certificate is revoked.")
            : (verdict.Finding, null);
    }

    private static (CertificateFinding?, Refusal?) Refused(string sentence) => (null, new Refusal(Errors.Unauthenticated, sentence));

    private Verdict Judge(X509Certificate2 certificate)
    {
        if (!IsOfTheAuthority(certificate))
        {
            return new Verdict(null, "The client certificate is not valid under the authority that this cluster trusts.");
        }

        var uri = CertificateNames.OnlyUri(certificate);
        if (rules.FirstOrDefault(rule => rule.Name == (rule.IsSubject ? certificate.SubjectName.Name : uri)) is not { } found)
        {
            return new Verdict(null, "The client certificate names nobody that this cluster knows.");
        }

        var credential = found.Label is { } label
            ? new Credential(pseudonyms!.Of(Pseudonyms.CertificatePrefix, label.Tenant!, found.IsSubject ? "subject" : "uri", found.Name), label, found.Scopes)
            : null;
        string[] proofs = [RevokedCallers.NameOf(certificate), .. credential is null ? Array.Empty<string>() : [credential.Id]];
        return new Verdict(new CertificateFinding(credential, found.Zone, proofs), null);
    }

    private bool IsOfTheAuthority(X509Certificate2 certificate)
    {
        using var chain = new X509Chain { ChainPolicy = Policy(tls!.ClientAuthority) };
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ClientAuthentication));
        chain.ChainPolicy.VerificationTime = time.GetUtcNow().UtcDateTime;
        return chain.Build(certificate) && !certificate.Extensions.OfType<X509BasicConstraintsExtension>().Any(basic => basic.CertificateAuthority);
    }

    /// <summary>How chains are built, here and within TLS: up to one root, asking nobody.</summary>
    public static X509ChainPolicy Policy(X509Certificate2 root) => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        CustomTrustStore = { root },
        RevocationMode = X509RevocationMode.NoCheck,
        DisableCertificateDownloads = true,
    };

    private sealed record Verdict(CertificateFinding? Finding, string? Refused);
}
